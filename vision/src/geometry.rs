//! Points and rectangles in image space: pixels, origin top-left, y down.

use std::ops::{Add, Mul, Sub};

use serde::{Deserialize, Serialize};

/// A point in image space: pixels, origin top-left, y down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Pixels to the right of the left edge.
    pub x: f32,
    /// Pixels below the top edge.
    pub y: f32,
}

impl Point {
    /// The point between the two.
    #[must_use]
    pub fn midpoint(self, other: Self) -> Self {
        Self { x: f32::midpoint(self.x, other.x), y: f32::midpoint(self.y, other.y) }
    }

    /// Distance from the origin, pixels. Without `hypot`, whose last bits differ between platforms.
    pub fn length(self) -> f32 {
        (self.x * self.x + self.y * self.y).sqrt()
    }

    /// Area of the parallelogram that the two span, square pixels; positive if `other` lies clockwise of it.
    pub fn cross(self, other: Self) -> f32 {
        self.x * other.y - self.y * other.x
    }
}

impl Add for Point {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }
}

impl Sub for Point {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y }
    }
}

impl Mul<f32> for Point {
    type Output = Self;

    fn mul(self, factor: f32) -> Self {
        Self { x: self.x * factor, y: self.y * factor }
    }
}

/// An axis-aligned rectangle in image space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rect {
    /// Top-left corner, pixels.
    pub x: f32,
    /// Top-left corner, pixels.
    pub y: f32,
    /// Width, pixels.
    pub width: f32,
    /// Height, pixels.
    pub height: f32,
}

impl Rect {
    /// The rectangle of this size whose middle is `centre`.
    pub fn around(centre: Point, width: f32, height: f32) -> Self {
        Self { x: centre.x - width / 2.0, y: centre.y - height / 2.0, width, height }
    }

    /// Its middle.
    pub fn centre(self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    /// Area in square pixels; 0 for an empty or inside-out rectangle.
    pub fn area(self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// Area that both cover, square pixels.
    pub fn shared(self, other: Self) -> f32 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        width.max(0.0) * height.max(0.0)
    }

    /// Intersection over union, in `0..=1`; 0 when either is empty.
    pub fn iou(self, other: Self) -> f32 {
        let both = self.shared(other);
        if both == 0.0 {
            return 0.0;
        }
        both / (self.area() + other.area() - both)
    }

    /// The part of it that lies in a picture of `width`×`height` pixels; without an area if none does.
    #[must_use]
    pub fn within(self, width: f32, height: f32) -> Self {
        let (left, top) = (self.x.max(0.0).min(width), self.y.max(0.0).min(height));
        let (right, bottom) = ((self.x + self.width).min(width).max(left), (self.y + self.height).min(height).max(top));
        Self { x: left, y: top, width: right - left, height: bottom - top }
    }

    /// Whether `point` lies inside (left and top edges included).
    pub fn contains(self, point: Point) -> bool {
        (self.x..self.x + self.width).contains(&point.x) && (self.y..self.y + self.height).contains(&point.y)
    }
}

/// A rectangle of whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IntRect {
    /// Left column.
    pub x: i32,
    /// Top row.
    pub y: i32,
    /// Width, pixels.
    pub width: i32,
    /// Height, pixels.
    pub height: i32,
}

impl From<IntRect> for Rect {
    fn from(rect: IntRect) -> Self {
        Self { x: rect.x as f32, y: rect.y as f32, width: rect.width as f32, height: rect.height as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: Rect = Rect { x: 0.0, y: 0.0, width: 2.0, height: 2.0 };

    #[test]
    fn iou_of_equal_shifted_and_disjoint_rectangles() {
        let shifted = Rect { x: 1.0, ..UNIT };
        let far = Rect { x: 9.0, ..UNIT };
        let inside_out = Rect { width: -2.0, ..UNIT };
        for (other, expected) in [(UNIT, 1.0), (shifted, 1.0 / 3.0), (far, 0.0), (inside_out, 0.0)] {
            assert!((UNIT.iou(other) - expected).abs() < 1e-6, "{other:?}");
        }
    }

    #[test]
    fn a_rectangle_lies_around_its_centre() {
        let rect = Rect { x: 1.0, y: 2.0, width: 4.0, height: 6.0 };
        assert_eq!(rect.centre(), Point { x: 3.0, y: 5.0 });
        assert_eq!(Rect::around(rect.centre(), 4.0, 6.0), rect);
    }

    #[test]
    fn what_lies_in_the_picture_is_left_of_a_rectangle() {
        let rect = |x, y, width, height| Rect { x, y, width, height };
        let cases = [
            (rect(1.0, 2.0, 3.0, 4.0), rect(1.0, 2.0, 3.0, 4.0)),
            (rect(-5.0, -6.0, 30.0, 40.0), rect(0.0, 0.0, 10.0, 20.0)),
            (rect(-5.0, 15.0, 7.0, 9.0), rect(0.0, 15.0, 2.0, 5.0)),
            (rect(50.0, 3.0, 4.0, 4.0), rect(10.0, 3.0, 0.0, 4.0)),
        ];
        for (whole, inside) in cases {
            assert_eq!(whole.within(10.0, 20.0), inside, "{whole:?}");
        }
    }

    #[test]
    fn points_add_up_and_span_areas() {
        let [right, down] = [Point { x: 3.0, y: 0.0 }, Point { x: 0.0, y: 4.0 }];
        assert!(((right + down).length() - 5.0).abs() < 1e-6);
        assert_eq!(right - down, Point { x: 3.0, y: -4.0 });
        assert_eq!(right.midpoint(down), (right + down) * 0.5);
        assert_eq!((right.cross(down), down.cross(right)), (12.0, -12.0));
    }

    #[test]
    fn a_rectangle_contains_its_top_left_but_not_its_bottom_right() {
        assert!(UNIT.contains(Point { x: 0.0, y: 0.0 }));
        assert!(!UNIT.contains(Point { x: 2.0, y: 2.0 }));
    }
}
