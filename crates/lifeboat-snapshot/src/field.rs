//! Field paths of the catalogue over JSON values: `roles[].access[].application_id`.

use serde_json::Value;

/// Calls `visit` with every value that the path leads to.
pub(crate) fn visit_mut(value: &mut Value, path: &str, visit: &mut dyn FnMut(&mut Value)) {
    let (head, rest) = split(path);
    let (name, each) = name_of(head);
    let Some(child) = value
        .as_object_mut()
        .and_then(|object| object.get_mut(name))
    else {
        return;
    };
    let mut step = |child: &mut Value| match rest {
        Some(rest) => visit_mut(child, rest, visit),
        None => visit(child),
    };
    match (each, child) {
        (true, Value::Array(items)) => items.iter_mut().for_each(step),
        (true, _) => {}
        (false, child) => step(child),
    }
}

/// Returns every value that the path leads to.
pub(crate) fn values<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let (head, rest) = split(path);
    let (name, each) = name_of(head);
    let Some(child) = value.get(name) else {
        return Vec::new();
    };
    let children: Vec<&Value> = match (each, child) {
        (true, Value::Array(items)) => items.iter().collect(),
        (true, _) => Vec::new(),
        (false, child) => vec![child],
    };
    match rest {
        Some(rest) => children
            .into_iter()
            .flat_map(|child| values(child, rest))
            .collect(),
        None => children,
    }
}

/// Removes the field that the path names, wherever it leads.
pub(crate) fn remove(value: &mut Value, path: &str) {
    match path.rsplit_once('.') {
        Some((parents, name)) => visit_mut(value, parents, &mut |parent| remove(parent, name)),
        None => {
            if let Some(object) = value.as_object_mut() {
                object.remove(path);
            }
        }
    }
}

/// Shows every value that the path leads to, and removes what holds those that are not kept.
///
/// What holds a value is the element of the innermost list on the path, or the field itself where there is no list.
pub(crate) fn retain(value: &mut Value, path: &str, keep: &mut dyn FnMut(&mut Value) -> bool) {
    match path.rsplit_once("[].") {
        Some((list, rest)) => visit_mut(value, list, &mut |list| {
            if let Value::Array(items) = list {
                items.retain_mut(|item| keeps_all(item, rest, keep));
            }
        }),
        None => {
            if !keeps_all(value, path, keep) {
                remove(value, path);
            }
        }
    }
}

fn keeps_all(value: &mut Value, path: &str, keep: &mut dyn FnMut(&mut Value) -> bool) -> bool {
    let mut all = true;
    visit_mut(value, path, &mut |it| all &= keep(it));
    all
}

/// Sets the field that the path names, making the objects on the way where they are missing.
pub(crate) fn set(value: &mut Value, path: &str, new: Value) {
    let (name, rest) = split(path);
    if !value.is_object() {
        *value = Value::Object(serde_json::Map::new());
    }
    if let Some(object) = value.as_object_mut() {
        match rest {
            Some(rest) => set(object.entry(name).or_insert(Value::Null), rest, new),
            None => {
                object.insert(name.to_owned(), new);
            }
        }
    }
}

fn split(path: &str) -> (&str, Option<&str>) {
    match path.split_once('.') {
        Some((head, rest)) => (head, Some(rest)),
        None => (path, None),
    }
}

fn name_of(segment: &str) -> (&str, bool) {
    match segment.strip_suffix("[]") {
        Some(name) => (name, true),
        None => (segment, false),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_reach_into_arrays() {
        let mut value = json!({"a":[{"b":[{"c":1},{"c":2}]},{"b":[]}],"d":3});
        assert_eq!(values(&value, "a[].b[].c"), [&json!(1), &json!(2)]);
        visit_mut(&mut value, "a[].b[].c", &mut |it| *it = json!(0));
        assert_eq!(value, json!({"a":[{"b":[{"c":0},{"c":0}]},{"b":[]}],"d":3}));
        assert!(values(&value, "d[].x").is_empty() && values(&value, "x.y").is_empty());
    }

    #[test]
    fn fields_are_removed_wherever_the_path_leads() {
        let mut value = json!({"a":[{"b":1,"c":2},{"b":3}],"d":{"e":1}});
        remove(&mut value, "a[].b");
        remove(&mut value, "d.e");
        remove(&mut value, "none.at.all");
        assert_eq!(value, json!({"a":[{"c":2},{}],"d":{}}));
    }

    #[test]
    fn what_is_not_kept_goes_with_the_innermost_element_that_holds_it() {
        let mut value = json!({"a":[{"b":[{"c":1,"d":0},{"c":2},{"d":3}]},{"b":[]}],"e":{"f":1}});
        let mut keep = |it: &mut Value| {
            let kept = *it == json!(1);
            *it = json!("kept");
            kept
        };
        retain(&mut value, "a[].b[].c", &mut keep);
        retain(&mut value, "e.f", &mut |_| false);
        retain(&mut value, "none[].at.all", &mut |_| false);
        assert_eq!(
            value,
            json!({"a":[{"b":[{"c":"kept","d":0},{"d":3}]},{"b":[]}],"e":{}})
        );
    }

    #[test]
    fn set_makes_missing_objects() {
        let mut value = json!({"a":{"b":1}});
        set(&mut value, "a.c.d", json!(false));
        set(&mut value, "a.b", json!(2));
        assert_eq!(value, json!({"a":{"b":2,"c":{"d":false}}}));
    }
}
