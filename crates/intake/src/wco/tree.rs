//! One XML document as a small tree of local names and texts, with limits; entities are not followed.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;

/// Deepest nesting of elements.
const DEPTH_LIMIT: usize = 64;
/// Most elements in one document.
const ELEMENT_LIMIT: usize = 1_000_000;

/// An element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Element(u32);

#[derive(Clone, Copy, Debug)]
struct Node {
    name: u32,
    text: (u32, u32),
    first_child: Option<Element>,
    next: Option<Element>,
    offset: u32,
}

/// A document.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    names: Vec<String>,
    text: String,
}

/// What is wrong, and at which byte.
#[derive(Debug)]
pub(super) struct TreeError {
    pub(super) offset: usize,
    pub(super) reason: String,
}

impl Tree {
    /// Reads a document.
    pub(super) fn read(xml: &str) -> Result<Tree, TreeError> {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_comments = true;
        let mut building = Building::default();
        loop {
            let offset = usize::try_from(reader.buffer_position()).unwrap_or(xml.len());
            let fail = |reason: String| TreeError { offset, reason };
            let event = reader.read_event().map_err(|error| TreeError {
                offset: usize::try_from(reader.error_position()).unwrap_or(offset),
                reason: format!("broken XML: {error}"),
            })?;
            let outcome = match event {
                Event::Start(tag) => building.open(tag.local_name().into_inner(), offset),
                Event::Empty(tag) => {
                    let opened = building.open(tag.local_name().into_inner(), offset);
                    opened.map(|()| building.close())
                }
                Event::End(_) => {
                    building.close();
                    Ok(())
                }
                Event::Text(text) => building.add_text(&text),
                Event::CData(text) => building.add_text(&text),
                Event::GeneralRef(name) => match (name.resolve_char_ref(), &*name) {
                    (Ok(Some(c)), _) => building.add_text(c.encode_utf8(&mut [0; 4])),
                    (_, name) => match predefined(name) {
                        Some(text) => building.add_text(text),
                        None => Err(format!(
                            "entity `&{name};` is not followed; only characters and the five of XML are read"
                        )),
                    },
                },
                Event::Eof => return building.finish().map_err(fail),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => Ok(()),
            };
            outcome.map_err(fail)?;
        }
    }

    /// The outermost element.
    pub(super) fn root(&self) -> Element {
        Element(0)
    }

    fn node(&self, element: Element) -> &Node {
        &self.nodes[element.0 as usize]
    }

    /// Its local name.
    pub(super) fn name(&self, element: Element) -> &str {
        &self.names[self.node(element).name as usize]
    }

    /// Its text without surrounding white space; empty if it has none.
    pub(super) fn text(&self, element: Element) -> &str {
        let (from, to) = self.node(element).text;
        self.text[from as usize..to as usize].trim()
    }

    /// The byte where it starts.
    pub(super) fn offset(&self, element: Element) -> usize {
        self.node(element).offset as usize
    }

    /// Its children in order.
    pub(super) fn children(&self, element: Element) -> impl Iterator<Item = Element> {
        std::iter::successors(self.node(element).first_child, |&child| self.node(child).next)
    }

    /// Every element under `element` at a path of local names such as `Declarant/ID`.
    pub(super) fn all(&self, element: Element, path: &str) -> Vec<Element> {
        let mut found = vec![element];
        for name in path.split('/') {
            found = found
                .into_iter()
                .flat_map(|parent| self.children(parent))
                .filter(|&child| self.name(child) == name)
                .collect();
        }
        found
    }

    /// The first text under `element` at one of these paths that is not empty.
    pub(super) fn first_text(&self, element: Element, paths: &[String]) -> Option<&str> {
        let texts = paths.iter().flat_map(|path| self.all(element, path)).map(|found| self.text(found));
        texts.into_iter().find(|text| !text.is_empty())
    }

    /// Every outermost element of that name.
    pub(super) fn outermost(&self, name: &str) -> Vec<Element> {
        let mut found = Vec::new();
        let mut open = vec![self.root()];
        while let Some(element) = open.pop() {
            if self.name(element) == name {
                found.push(element);
                continue;
            }
            let mut children: Vec<Element> = self.children(element).collect();
            children.reverse();
            open.extend(children);
        }
        found
    }
}

fn predefined(name: &str) -> Option<&'static str> {
    match name {
        "lt" => Some("<"),
        "gt" => Some(">"),
        "amp" => Some("&"),
        "apos" => Some("'"),
        "quot" => Some("\""),
        _ => None,
    }
}

/// A tree while it is read.
#[derive(Default)]
struct Building {
    tree: Tree,
    numbers: HashMap<String, u32>,
    /// Open elements, each with its last child.
    open: Vec<(Element, Option<Element>)>,
}

impl Building {
    fn open(&mut self, name: &str, offset: usize) -> Result<(), String> {
        if self.open.len() >= DEPTH_LIMIT {
            return Err(format!("elements are nested deeper than {DEPTH_LIMIT}"));
        }
        if self.tree.nodes.len() >= ELEMENT_LIMIT {
            return Err(format!("more than {ELEMENT_LIMIT} elements"));
        }
        if self.open.is_empty() && !self.tree.nodes.is_empty() {
            return Err(format!("a second outermost element `{name}`"));
        }
        let number = match self.numbers.get(name) {
            Some(&number) => number,
            None => {
                let number = small(self.tree.names.len());
                self.tree.names.push(name.to_owned());
                self.numbers.insert(name.to_owned(), number);
                number
            }
        };
        let element = Element(small(self.tree.nodes.len()));
        let text = small(self.tree.text.len());
        let node =
            Node { name: number, text: (text, text), first_child: None, next: None, offset: small(offset) };
        self.tree.nodes.push(node);
        if let Some((parent, last)) = self.open.last_mut() {
            match last.replace(element) {
                Some(before) => self.tree.nodes[before.0 as usize].next = Some(element),
                None => self.tree.nodes[parent.0 as usize].first_child = Some(element),
            }
        }
        self.open.push((element, None));
        Ok(())
    }

    /// Texts of elements with children mean nothing in these messages.
    fn close(&mut self) {
        if let Some((element, None)) = self.open.pop() {
            self.tree.nodes[element.0 as usize].text.1 = small(self.tree.text.len());
        }
    }

    fn add_text(&mut self, text: &str) -> Result<(), String> {
        if self.open.is_empty() && !text.trim_matches('\u{feff}').trim().is_empty() {
            return Err("broken XML: text outside the outermost element".to_owned());
        }
        if !self.open.is_empty() {
            self.tree.text.push_str(text);
        }
        Ok(())
    }

    fn finish(self) -> Result<Tree, String> {
        if let Some(&(element, _)) = self.open.last() {
            return Err(format!("broken XML: the file ends inside element `{}`", self.tree.name(element)));
        }
        if self.tree.nodes.is_empty() {
            return Err("broken XML: no element".to_owned());
        }
        Ok(self.tree)
    }
}

/// Documents are limited to less than 4 GiB.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
