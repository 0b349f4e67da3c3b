//! XML answers, read by the place of each element, whichever prefix a server gives its namespace.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// Reads a whole, well-formed document and hands the text of each element to `each` as the element
/// ends, with the names of the elements it stands in: the outermost first, its own last. Names are without the prefix
/// that the outermost element has; one with another prefix keeps it, because it is of another vocabulary.
///
/// `None` for anything else, which half a document is too; `each` may have been called by then.
pub fn read(document: &str, each: &mut dyn FnMut(&[&str], &str)) -> Option<()> {
    let mut reader = Reader::from_str(document.trim());
    let mut names: Vec<String> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    let mut prefix = None;
    loop {
        let event = reader.read_event().ok()?;
        if let Event::Start(element) | Event::Empty(element) = &event {
            let name = element.name();
            let name: &str = name.as_ref();
            let (own, local) = name.split_once(':').unwrap_or(("", name));
            let is_of_root = *prefix.get_or_insert_with(|| own.to_owned()) == own;
            names.push(if is_of_root { local } else { name }.to_owned());
            texts.push(String::new());
        }
        match event {
            Event::Empty(_) | Event::End(_) => {
                let path: Vec<&str> = names.iter().map(String::as_str).collect();
                each(&path, &texts.pop()?);
                names.pop();
            }
            Event::Text(text) => append(&mut texts, &text),
            Event::CData(text) => append(&mut texts, &text),
            Event::GeneralRef(entity) => append_entity(&mut texts, &entity)?,
            Event::Eof => return names.is_empty().then_some(()),
            Event::Start(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_) => {}
        }
    }
}

/// The local name of the outermost element.
pub fn root(document: &str) -> Option<String> {
    let mut reader = Reader::from_str(document.trim());
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) | Event::Empty(element) => {
                return Some(element.local_name().as_ref().to_owned());
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[inline(never)]
fn append_entity(texts: &mut [String], entity: &BytesRef<'_>) -> Option<()> {
    match entity.resolve_char_ref().ok()? {
        Some(char) => append(texts, char.encode_utf8(&mut [0; 4])),
        None => append(texts, resolve_predefined_entity(entity)?),
    }
    Some(())
}

fn append(texts: &mut [String], text: &str) {
    if let Some(innermost) = texts.last_mut() {
        innermost.push_str(text);
    }
}
