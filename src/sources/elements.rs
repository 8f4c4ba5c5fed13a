//! The elements of a large array: each is a document of its own that keeps its place in the whole.

use super::array::Batch;
use super::depth;
use super::dialects::{Context, Recognised, translate};
use super::document::{JsonText, below, hand_out, invalid, place_of};
use super::run::Told;
use crate::model::{Consumer, DocumentId, GapReason, Locate, Location};
use serde_json::Value;

/// Gives the assets of every element of a large array to `consumer`.
pub(super) fn consume(
    batch: &Batch,
    document: DocumentId,
    context: &Context,
    consumer: &mut impl Consumer,
    told: &mut Told,
) {
    for element in &batch.elements {
        let bytes = batch.bytes.get(element.range.clone()).unwrap_or_default();
        let mut wrong = |reason, place, message: String| {
            told.gap(document, Some(place), reason, message);
        };
        let Ok(text) = std::str::from_utf8(bytes) else {
            let message = "not UTF-8 text".to_owned();
            wrong(GapReason::Invalid, element.place, message);
            continue;
        };
        if depth::depth(bytes) > depth::DEEPEST {
            let message = format!("nested more than {} levels deep", depth::DEEPEST);
            wrong(GapReason::TooLarge, element.place, message);
            continue;
        }
        let places = ElementText {
            text: JsonText::new(text, element.place),
            pointer: format!("{}/{}", batch.array, element.index),
        };
        match serde_json::from_str::<Value>(text) {
            Ok(value) => match translate(&value, context) {
                Recognised::Known(mut translations) => {
                    let assets = translations.iter_mut().flat_map(|t| &mut t.assets);
                    for (_, pointer) in assets.flat_map(|asset| &mut asset.pointers) {
                        pointer.insert_str(0, &places.pointer);
                    }
                    hand_out(&translations, document, &places, consumer, told);
                }
                Recognised::Foreign { reason } => {
                    if told.dialects.is_empty() {
                        told.foreign = Some(reason);
                    }
                }
            },
            Err(error) => {
                let place = below(element.place, place_of(text, &error));
                wrong(GapReason::Invalid, place, invalid(&error));
            }
        }
    }
}

/// The text of an element, in which pointers of the document are looked up.
struct ElementText<'t> {
    text: JsonText<'t>,
    /// The element's own pointer.
    pointer: String,
}

impl Locate for ElementText<'_> {
    fn locate(&self, pointer: &str) -> Location {
        self.text
            .locate(pointer.strip_prefix(&*self.pointer).unwrap_or(pointer))
    }
}

#[cfg(test)]
mod tests {
    use super::consume;
    use crate::model::{AssetText, Consumer, DocumentId, Fate};
    use crate::sources::array::{Batch, Element};
    use crate::sources::dialects::Context;
    use crate::sources::run::Told;

    /// Remembers where the role of the first binding stands.
    #[derive(Default)]
    struct Roles(Vec<(String, u32, u32)>);

    impl Consumer for Roles {
        type Output = Vec<(String, u32, u32)>;

        fn consume<'d>(
            &mut self,
            assets: impl Iterator<Item = AssetText<'d>>,
            mut outcome: impl FnMut(AssetText<'d>, Fate),
        ) {
            for asset in assets {
                let role = "/iamPolicy/bindings/0/role";
                let (pointer, place) = asset.resolve(role, None);
                self.0.push((pointer.to_string(), place.line, place.column));
                outcome(asset, Fate::Taken);
            }
        }

        fn take(&mut self) -> Self::Output {
            std::mem::take(&mut self.0)
        }
    }

    #[test]
    fn an_element_keeps_its_pointer_and_its_place() {
        let asset = r#"{"name": "//storage.googleapis.com/b", "assetType": "storage.googleapis.com/Bucket",
 "iamPolicy": {"bindings": [{"role": "roles/viewer"}]}}"#;
        let text = format!("{asset}, {{\"broken\": }}, {asset}");
        let place = |line, column| crate::model::Location { line, column };
        let second = asset.len() + 2;
        let third = text.len() - asset.len();
        let batch = Batch {
            elements: [
                (0..asset.len(), 7, place(90, 4)),
                (second..third - 2, 8, place(91, 57)),
                (third..text.len(), 9, place(91, 72)),
            ]
            .map(|(range, index, place)| Element {
                range,
                index,
                place,
            })
            .to_vec(),
            bytes: text.into_bytes(),
            array: "/assets".to_owned(),
        };
        let (mut roles, mut told) = (Roles::default(), Told::default());
        consume(
            &batch,
            DocumentId(0),
            &Context::default(),
            &mut roles,
            &mut told,
        );
        assert_eq!(
            roles.0,
            [
                ("/assets/7/iamPolicy/bindings/0/role".to_owned(), 91, 38),
                ("/assets/9/iamPolicy/bindings/0/role".to_owned(), 92, 38),
            ]
        );
        assert_eq!(told.assets, 2);
        let gaps: Vec<_> = told.gaps.iter().map(|gap| gap.location).collect();
        assert_eq!(gaps, [Some(place(91, 68))]);
    }
}
