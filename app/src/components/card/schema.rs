//! The layers of a network, drawn from its table.

use model_core::Architecture;
use model_core::schema::{Block, HEIGHT, Schema};
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub(super) struct Props {
    /// Which one.
    pub network: Architecture,
}

/// The layers of a network: boxes as high as the side of a map, and as wide as there are channels.
#[component]
pub(super) fn SchemaFigure(props: &Props) -> Html {
    let schema = Schema::of(&props.network.table().summary());
    let view_box = format!("0 0 {} {HEIGHT}", schema.width);
    html! {
        <div class="wide" tabindex="0" role="group" aria-label="Layers">
            <svg
                class="schema"
                viewBox={view_box}
                width={schema.width.to_string()}
                role="img"
                aria-label={words(&schema)}
                data-testid="schema"
            >
                { for schema.blocks.iter().map(block) }
                { for schema.arcs.iter().map(|path| html! { <path class="skip" d={path.clone()} /> }) }
            </svg>
        </div>
    }
}

fn block(block: &Block) -> Html {
    let line = |(y, text): &(usize, String)| {
        html! { <text x={block.center.to_string()} y={y.to_string()} text-anchor="middle">{ text }</text> }
    };
    html! {
        <>
            <rect
                class={block.kind}
                x={block.left.to_string()}
                y={block.top.to_string()}
                width={block.width.to_string()}
                height={block.height.to_string()}
                rx="2"
            >
                <title>{ &block.title }</title>
            </rect>
            { for block.lines.iter().map(line) }
        </>
    }
}

/// Every layer, for people who cannot see them.
fn words(schema: &Schema) -> String {
    schema.blocks.iter().map(|block| block.title.as_str()).collect::<Vec<_>>().join("; ")
}
