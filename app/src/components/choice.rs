//! A menu with a label.

use yew::prelude::*;

use crate::web::input;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// The menu's label.
    pub label: AttrValue,
    /// Name for the browser tests.
    pub testid: AttrValue,
    /// Values and words.
    pub options: Vec<(AttrValue, AttrValue)>,
    /// The chosen one.
    pub value: AttrValue,
    /// Another one was chosen.
    pub on_choose: Callback<String>,
}

/// A menu with a label.
#[component]
pub(super) fn Choice(props: &Props) -> Html {
    let select = use_node_ref();
    let deps = (select.clone(), props.value.clone(), props.options.clone());
    use_effect_with(deps, |(select, value, _)| input::choose(select, value));
    let onchange = {
        let on_choose = props.on_choose.clone();
        Callback::from(move |event: Event| {
            if let Some(value) = input::chosen(&event) {
                on_choose.emit(value);
            }
        })
    };
    let option = |(value, word): &(AttrValue, AttrValue)| {
        html! { <option value={value.clone()} selected={*value == props.value}>{ word }</option> }
    };
    html! {
        <label class="choice">
            <span>{ &props.label }</span>
            <select ref={select} {onchange} data-testid={props.testid.clone()}>
                { for props.options.iter().map(option) }
            </select>
        </label>
    }
}

/// Pass on what can be read; a menu offers nothing else.
pub(super) fn parsed<T: 'static>(on_choose: &Callback<T>, parse: fn(&str) -> Option<T>) -> Callback<String> {
    let on_choose = on_choose.clone();
    Callback::from(move |id: String| {
        if let Some(choice) = parse(&id) {
            on_choose.emit(choice);
        }
    })
}
