//! Many numbers, which cross between window and worker as one block of bytes and not one by one.

use std::{fmt, rc::Rc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
};

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
        Ok(Self(deserializer.deserialize_byte_buf(Bytes)?.into()))
    }
}

impl Serialize for F32Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|number| number.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for F32Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = deserializer.deserialize_byte_buf(Bytes)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(D::Error::invalid_length(bytes.len(), &"four bytes a number"));
        }
        Ok(Self(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    /// JSON has no bytes.
    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = vec![];
        while let Some(byte) = numbers.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes)
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
