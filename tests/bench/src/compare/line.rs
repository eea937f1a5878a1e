//! Straight lines through what was measured.

/// Costs by the number of something.
pub type Points = Vec<(f64, f64)>;

/// The line that is nearest to some points, by the squares of what it misses.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// What one more costs.
    pub slope: f64,
    /// What none costs.
    pub begin: f64,
    /// The farthest that a point is from it, as a part of the highest point.
    pub misses: f64,
}

impl Line {
    pub fn through(points: &Points) -> Line {
        let count = points.len() as f64;
        let x = points.iter().map(|point| point.0).sum::<f64>() / count;
        let y = points.iter().map(|point| point.1).sum::<f64>() / count;
        let both: f64 = points
            .iter()
            .map(|point| (point.0 - x) * (point.1 - y))
            .sum();
        let squares: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
        let slope = both / squares;
        let begin = y - slope * x;
        let apart = points
            .iter()
            .map(|point| (begin + slope * point.0 - point.1).abs());
        let highest = points.iter().map(|point| point.1).fold(f64::MIN, f64::max);
        Line {
            slope,
            begin,
            misses: apart.fold(0.0, f64::max) / highest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn straight_points_are_met() {
        let line = Line::through(&vec![(0.0, 1.0), (10.0, 6.0), (100.0, 51.0)]);
        assert!((line.slope - 0.5).abs() < 1e-9 && (line.begin - 1.0).abs() < 1e-9);
        assert!(line.misses < 1e-9);
    }

    #[test]
    fn farthest_point_is_told() {
        let line = Line::through(&vec![(0.0, 0.0), (1.0, 3.0), (2.0, 0.0)]);
        assert!(line.slope.abs() < 1e-9);
        assert!((line.misses - 2.0 / 3.0).abs() < 1e-9);
    }
}
