//! A graph that grows node by node.

use anyhow::{Context, Result};
use burn::tensor::{Tensor, TensorData};

use super::messages::{
    AttributeProto, DimensionProto, FLOAT, GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto,
    TypeProto, ValueInfoProto,
};

/// A graph under construction. A value is known by its name.
#[derive(Default)]
pub(super) struct Graph {
    proto: GraphProto,
}

impl Graph {
    /// The graph, of this name.
    pub(super) fn finish(self, name: &str) -> GraphProto {
        GraphProto { name: name.into(), ..self.proto }
    }

    /// An input of the graph, of any number of rows.
    pub(super) fn input(&mut self, name: &str, row: &[usize], doc: &str) -> String {
        self.proto.input.push(value(name, row, doc));
        name.into()
    }

    /// Makes a value an output of the graph, of any number of rows.
    pub(super) fn output(&mut self, name: &str, row: &[usize], doc: &str) {
        self.proto.output.push(value(name, row, doc));
    }

    /// A node whose one output has its name.
    pub(super) fn node<const N: usize>(
        &mut self,
        (operator, name): (&str, &str),
        inputs: [&str; N],
        attributes: Vec<AttributeProto>,
    ) -> String {
        self.proto.node.push(NodeProto {
            input: inputs.map(String::from).into(),
            output: vec![name.into()],
            name: name.into(),
            op_type: operator.into(),
            attribute: attributes,
        });
        name.into()
    }

    /// A weight.
    pub(super) fn weight<const D: usize>(&mut self, name: &str, tensor: Tensor<D>) -> Result<String> {
        self.constant(name, &tensor.into_data())
    }

    /// A constant of 32-bit floats.
    pub(super) fn constant(&mut self, name: &str, data: &TensorData) -> Result<String> {
        let values = data.as_slice::<f32>().map_err(|error| anyhow::anyhow!("{error:?}"));
        let values = values.with_context(|| format!("expected {name} in single precision"))?;
        self.proto.initializer.push(TensorProto {
            dims: data.shape().iter().map(|&dim| dim as i64).collect(),
            data_type: FLOAT,
            name: name.into(),
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        });
        Ok(name.into())
    }
}

fn value(name: &str, row: &[usize], doc: &str) -> ValueInfoProto {
    let batch = DimensionProto { dim_param: Some("batch".into()), dim_value: None };
    let row = row.iter().map(|&dim| DimensionProto { dim_value: Some(dim as i64), dim_param: None });
    let shape = TensorShapeProto { dim: std::iter::once(batch).chain(row).collect() };
    let tensor_type = TensorTypeProto { elem_type: FLOAT, shape: Some(shape) };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto { tensor_type: Some(tensor_type) }),
        doc_string: doc.into(),
    }
}
