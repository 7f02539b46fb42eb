//! A page of a report as a tree.

use roxmltree::{Document, Node, ParsingOptions};

/// The text of a page in the form of XML.
pub(crate) struct Page(String);

/// Tags that HTML never closes.
const VOID: [&str; 3] = ["meta", "br", "img"];

impl Page {
    /// The page with this HTML.
    pub(crate) fn of(html: &str) -> Self {
        let mut xml = html.to_owned();
        for tag in VOID {
            let start = format!("<{tag}");
            let mut parts = xml.split(&start);
            let first = parts.next().unwrap_or_default().to_owned();
            // No attribute of the reports' has a `>` that is not escaped.
            xml = parts.fold(first, |xml, part| xml + &start + &part.replacen('>', "/>", 1));
        }
        Self(xml)
    }

    /// A line for each heading, drawing and table, in their order.
    pub(crate) fn outline(&self) -> String {
        let document = self.document();
        document.descendants().filter_map(line).map(|line| line + "\n").collect()
    }

    /// The rows of the first table whose headings begin with these words.
    pub(crate) fn table(&self, headings: &str) -> Vec<Vec<String>> {
        let document = self.document();
        let mut tables = document.descendants().filter(|node| node.has_tag_name("table"));
        let table = tables.find(|table| rows(*table).first().is_some_and(|row| row.join(" ").starts_with(headings)));
        table.map_or_else(|| panic!("expected a table with the headings {headings}"), rows)
    }

    fn document(&self) -> Document<'_> {
        let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
        Document::parse_with_options(&self.0, options).unwrap_or_else(|error| panic!("not well-formed: {error}"))
    }
}

fn line(node: Node<'_, '_>) -> Option<String> {
    let attribute = |name: &str, sign: &str| node.attribute(name).map(|value| format!("{sign}{value}"));
    let place = [attribute("id", "#"), attribute("class", ".")].into_iter().flatten().collect::<String>();
    let content = match node.tag_name().name() {
        "h1" | "h2" | "h3" | "summary" => text(node),
        "svg" => parts(node),
        "table" => {
            let rows = rows(node);
            format!("{} rows of {}", rows.len(), rows.first().map_or_else(String::new, |row| row.join(" | ")))
        }
        _ => return None,
    };
    Some(format!("{}{place} {content}", node.tag_name().name()))
}

/// How many elements of each kind are in a drawing.
fn parts(drawing: Node<'_, '_>) -> String {
    let mut parts: Vec<(&str, usize)> = vec![];
    for tag in drawing.children().filter(Node::is_element).map(|child| child.tag_name().name()) {
        match parts.iter_mut().find(|(other, _)| *other == tag) {
            Some((_, n)) => *n += 1,
            None => parts.push((tag, 1)),
        }
    }
    parts.iter().map(|(tag, n)| format!("{n} {tag}")).collect::<Vec<_>>().join(", ")
}

fn rows(table: Node<'_, '_>) -> Vec<Vec<String>> {
    let rows = table.descendants().filter(|node| node.has_tag_name("tr"));
    rows.map(|row| row.children().filter(Node::is_element).map(text).collect()).collect()
}

fn text(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(Node::is_text).filter_map(|node| node.text());
    texts.collect::<Vec<_>>().join(" ")
}
