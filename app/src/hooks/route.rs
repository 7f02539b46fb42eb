//! Follows the address of the page.

use yew::prelude::*;

use crate::web::route::{self, Route};

/// The part of the page that its address names.
#[hook]
pub(super) fn use_route() -> Route {
    let route = use_state_eq(route::current);
    let setter = route.setter();
    use_effect_with((), move |()| {
        let listening = route::on_change(move |route| setter.set(route));
        move || drop(listening)
    });
    *route
}
