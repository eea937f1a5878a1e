import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.PathNotFoundException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import net.minidev.json.JSONObject;
import net.minidev.json.JSONStyle;
import net.minidev.json.JSONValue;
import net.minidev.json.parser.JSONParser;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.event.EventCartridge;
import org.apache.velocity.app.event.InvalidReferenceEventHandler;
import org.apache.velocity.context.Context;
import org.apache.velocity.runtime.ParserPool;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.runtime.RuntimeServices;
import org.apache.velocity.runtime.parser.Parser;
import org.apache.velocity.util.introspection.Info;

/**
 * Renders templates by Apache Velocity 1.7 with the rules of API Gateway: one case a line, in JSON, from the standard
 * input; one result a line, in JSON, to the standard output.
 */
public class Peer {
    public static void main(String[] arguments) throws Exception {
        Thread.currentThread().setContextClassLoader(Peer.class.getClassLoader());
        RuntimeInstance velocity = velocity();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        PrintStream out = new PrintStream(System.out, false, "UTF-8");
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(result(velocity, parsed(line)));
        }
        out.flush();
    }

    static Map<?, ?> parsed(String line) throws Exception {
        JSONParser parser = new JSONParser(JSONParser.MODE_PERMISSIVE);
        return (Map<?, ?>) parser.parse(line, JSONValue.defaultReader.DEFAULT_ORDERED);
    }

    static RuntimeInstance velocity() throws Exception {
        RuntimeInstance velocity = new RuntimeInstance();
        velocity.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
        velocity.setProperty("velocimacro.library", "");
        // Macros do nothing.
        velocity.setProperty("velocimacro.permissions.allow.inline", "false");
        velocity.setProperty("directive.foreach.maxloops", "1000");
        velocity.setProperty(
            "runtime.introspector.uberspect", "org.apache.velocity.util.introspection.SecureUberspector");
        velocity.setProperty("parser.pool.class", FreshParsers.class.getName());
        velocity.init();
        for (String directive : new String[] {"include", "parse", "evaluate"}) {
            velocity.removeDirective(directive);
        }
        return velocity;
    }

    static String result(RuntimeInstance velocity, Map<?, ?> given) {
        JSONObject result = new JSONObject();
        try {
            StringWriter writer = new StringWriter();
            velocity.evaluate(context(given), writer, "case", (String) given.get("template"));
            result.put("out", writer.toString());
        } catch (Throwable failure) {
            result.put("error", String.valueOf(failure));
        }
        return result.toJSONString(JSONStyle.LT_COMPRESS);
    }

    static Context context(Map<?, ?> given) {
        VelocityContext context = new VelocityContext();
        context.put("input", new Input(given));
        context.put("util", new Util());
        context.put("context", values(given.get("context")));
        context.put("stageVariables", values(given.get("stageVariables")));
        EventCartridge events = new EventCartridge();
        events.addEventHandler(new Missing());
        events.attachToContext(context);
        return context;
    }

    static Map<String, Object> values(Object given) {
        Map<String, Object> values = new LinkedHashMap<>();
        if (given instanceof Map) {
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) given).entrySet()) {
                values.put((String) entry.getKey(), entry.getValue());
            }
        }
        return values;
    }

    /** A parser remembers the macros of all that it ever read: each template gets one of its own. */
    public static class FreshParsers implements ParserPool {
        private RuntimeServices velocity;

        public void initialize(RuntimeServices velocity) {
            this.velocity = velocity;
        }

        public Parser get() {
            return velocity.createNewParser();
        }

        public void put(Parser parser) {}
    }

    /** What has no value is the empty string. */
    public static class Missing implements InvalidReferenceEventHandler {
        public Object invalidGetMethod(Context context, String reference, Object object, String property, Info info) {
            return "";
        }

        public boolean invalidSetMethod(Context context, String left, String right, Info info) {
            return false;
        }

        public Object invalidMethod(Context context, String reference, Object object, String method, Info info) {
            return "";
        }
    }

    public static class Input {
        private final String body;
        private final Map<String, Object> parameters = new LinkedHashMap<>();

        Input(Map<?, ?> given) {
            String body = (String) given.get("body");
            this.body = body == null || body.isEmpty() ? "{}" : body;
            Map<?, ?> all = (Map<?, ?>) given.get("params");
            for (String kind : new String[] {"path", "querystring", "header"}) {
                parameters.put(kind, values(all == null ? null : all.get(kind)));
            }
        }

        public String toString() {
            return "";
        }

        public String getBody() {
            return body;
        }

        public Object path(String path) {
            try {
                return JsonPath.compile(path).read(document());
            } catch (PathNotFoundException missing) {
                return null;
            }
        }

        public String json(String path) {
            try {
                Object value = JsonPath.compile(path).read(document());
                return JSONValue.toJSONString(value, JSONStyle.LT_COMPRESS);
            } catch (PathNotFoundException missing) {
                return "\"\"";
            }
        }

        private Object document() {
            return Configuration.defaultConfiguration().jsonProvider().parse(body);
        }

        public Map<String, Object> params() {
            return parameters;
        }

        public Object params(String name) {
            for (Object kind : parameters.values()) {
                Object value = ((Map<?, ?>) kind).get(name);
                if (value != null) {
                    return value;
                }
            }
            return null;
        }
    }

    public static class Util {
        public String toString() {
            return "";
        }

        public String escapeJavaScript(Object text) {
            return StringEscapeUtils.escapeJavaScript(text.toString());
        }

        public Object parseJson(String text) {
            return Configuration.defaultConfiguration().jsonProvider().parse(text);
        }

        public String urlEncode(Object text) throws Exception {
            return URLEncoder.encode(text.toString(), "UTF-8");
        }

        public String urlDecode(Object text) throws Exception {
            return URLDecoder.decode(text.toString(), "UTF-8");
        }

        public String base64Encode(Object text) throws Exception {
            return Base64.getEncoder().encodeToString(text.toString().getBytes("UTF-8"));
        }

        public String base64Decode(Object text) throws Exception {
            return new String(Base64.getDecoder().decode(text.toString()), "UTF-8");
        }
    }
}
