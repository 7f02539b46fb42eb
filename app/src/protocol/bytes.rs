//! Many numbers, which cross between window and worker as one block of bytes (a `Uint8Array`) and not one by one.

use std::rc::Rc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_bytes::ByteBuf;

/// Grey levels, row by row. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GreyBytes(pub Rc<[u8]>);

/// Numbers of 32 bits. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct F32Bytes(pub Rc<[f32]>);

impl Serialize for GreyBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for GreyBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(ByteBuf::deserialize(deserializer)?.into_vec().into()))
    }
}

impl Serialize for F32Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytemuck::cast_slice(&self.0))
    }
}

impl<'de> Deserialize<'de> for F32Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = ByteBuf::deserialize(deserializer)?;
        if !bytes.len().is_multiple_of(size_of::<f32>()) {
            return Err(D::Error::invalid_length(bytes.len(), &"four bytes a number"));
        }
        // Not a cast: the bytes need not lie where a number may.
        Ok(Self(bytemuck::pod_collect_to_vec::<u8, f32>(&bytes).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_bit_by_bit() {
        let numbers = F32Bytes(Rc::from([0.1_f32, -3.5e-9, f32::MAX]));
        let json = serde_json::to_string(&numbers).unwrap();
        assert_eq!(serde_json::from_str::<F32Bytes>(&json).unwrap(), numbers);
        assert!(serde_json::from_str::<F32Bytes>("[1,2,3]").is_err(), "no whole number");
        let levels = GreyBytes(Rc::from([0_u8, 255]));
        assert_eq!(serde_json::from_str::<GreyBytes>("[0,255]").unwrap(), levels);
    }
}
