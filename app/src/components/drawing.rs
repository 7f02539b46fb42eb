//! Drawings of the crate `report` as nodes of the page: text stays text, whatever is in it.

use report::{Element, Node};
use yew::prelude::*;
use yew::virtual_dom::{VTag, VText};

/// The nodes of a drawing.
pub(super) fn draw(element: &Element) -> Html {
    let mut tag = VTag::new(element.tag);
    for (name, value) in &element.attributes {
        tag.add_attribute(name, value.clone());
    }
    tag.add_children(element.children.iter().map(|child| match child {
        Node::Element(element) => draw(element),
        Node::Text(text) => VText::new(text.clone()).into(),
    }));
    tag.into()
}

/// The nodes of a drawing that scrolls sideways where it is wider than its place.
pub(super) fn draw_wide(label: &str, element: &Element) -> Html {
    html! { <div class="wide" tabindex="0" role="group" aria-label={label.to_owned()}>{ draw(element) }</div> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yew::virtual_dom::VNode;

    #[test]
    fn elements_become_tags_and_text_stays_text() {
        let (value, words) = ("\"><b>", "<script>");
        let attributes = vec![("title", value.to_owned())];
        let drawn = draw(&Element { tag: "p", attributes, children: vec![Node::Text(words.into())] });
        let VNode::VTag(tag) = drawn else { panic!("expected a tag") };
        assert_eq!((tag.tag(), tag.attributes.iter().collect::<Vec<_>>()), ("p", vec![("title", value)]));
        let Some(VNode::VList(children)) = tag.children() else { panic!("expected a list") };
        let [VNode::VText(text)] = &children[..] else { panic!("expected one text") };
        assert_eq!(&*text.text, words);
    }
}
