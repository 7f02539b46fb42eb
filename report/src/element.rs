//! A drawing as a tree of elements.

use std::fmt;

/// An element of HTML or SVG. Neither the page nor a report can take a text or the value of an attribute for markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its tag; none that HTML never closes, such as `br`.
    pub tag: &'static str,
    /// Names and values of its attributes.
    pub attributes: Vec<(&'static str, String)>,
    /// Its content, in order.
    pub children: Vec<Node>,
}

/// Content of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Another element.
    Element(Element),
    /// Text as it is read.
    Text(String),
}

impl Element {
    /// An element without anything in it.
    pub fn new(tag: &'static str) -> Self {
        Self { tag, attributes: vec![], children: vec![] }
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.attributes.push((name, value.to_string()));
        self
    }

    /// The same with one more element at the end.
    #[must_use]
    pub fn child(mut self, child: Self) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// The same with more elements at the end.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children.into_iter().map(Node::Element));
        self
    }

    /// The same with text at the end.
    #[must_use]
    pub fn text(mut self, text: impl fmt::Display) -> Self {
        self.children.push(Node::Text(text.to_string()));
        self
    }
}

/// As HTML, and as XML too.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}", self.tag)?;
        self.attributes.iter().try_for_each(|(name, value)| write!(f, " {name}=\"{}\"", escaped(value)))?;
        f.write_str(">")?;
        self.children.iter().try_for_each(|child| match child {
            Node::Element(element) => element.fmt(f),
            Node::Text(text) => f.write_str(&escaped(text)),
        })?;
        write!(f, "</{}>", self.tag)
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    text.replace(|letter| !is_allowed(letter), "\u{fffd}")
}

/// Whether XML 1.0 can have the letter (section 2.2).
fn is_allowed(letter: char) -> bool {
    let is_space = matches!(letter, '\t' | '\n' | '\r');
    is_space || (letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_values_never_become_markup() {
        let element = Element::new("p").with("title", "\"><b>").text("<script>&").child(Element::new("b").text(1));
        let html = "<p title=\"&quot;&gt;&lt;b&gt;\">&lt;script&gt;&amp;<b>1</b></p>";
        assert_eq!(element.to_string(), html);
        let odd = Element::new("p").text("\0a\u{1b}\u{ffff}\t\u{85}");
        assert_eq!(odd.to_string(), "<p>\u{fffd}a\u{fffd}\u{fffd}\t\u{85}</p>", "no letter that XML has not");
    }
}
