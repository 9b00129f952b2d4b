//! Reads CloudFormation templates as data: YAML's short forms (`!Ref`, `!Sub`, `!GetAtt`) become
//! the long ones of JSON, so that a test can read both alike.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use yaml_serde::Value as Yaml;

use crate::root;

#[derive(Clone, Debug)]
pub struct Template {
    /// The file, relative to the checkout's root.
    pub file: String,
    /// The whole template, short forms expanded.
    pub document: Value,
}

/// A resource and its name within the template.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// The logical id, which `!Ref` names.
    pub name: &'a str,
    /// With `Type`, `Condition` and so on.
    pub definition: &'a Value,
}

impl<'a> Resource<'a> {
    /// A property by its path, `VpcConfig/SecurityGroupIds`; null if there is none.
    pub fn property(&self, path: &str) -> &'a Value {
        self.definition.pointer(&format!("/Properties/{path}")).unwrap_or(&Value::Null)
    }
}

impl Template {
    /// Reads `file`, relative to the checkout's root.
    ///
    /// # Panics
    /// When it does not exist or is no YAML.
    pub fn read(file: &str) -> Self {
        let text = std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        Self::parse(file, &text)
    }

    /// Reads a template's text.
    ///
    /// # Panics
    /// When it is no YAML.
    pub fn parse(file: &str, text: &str) -> Self {
        let yaml: Yaml = yaml_serde::from_str(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        Self { file: file.to_owned(), document: expand_short_forms(yaml) }
    }

    /// Every template of the checkout.
    ///
    /// # Panics
    /// When the folder cannot be read.
    pub fn read_all() -> Vec<Self> {
        let folder = std::fs::read_dir(root().join("infra")).expect("infra/");
        let names = folder.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
        let mut files: Vec<String> =
            names.filter(|name| name.ends_with(".yaml")).map(|n| format!("infra/{n}")).collect();
        files.push("template.yaml".to_owned());
        files.sort_unstable();
        files.iter().map(|file| Self::read(file)).collect()
    }

    /// The resources of one type.
    pub fn resources(&self, kind: &str) -> Vec<Resource<'_>> {
        let resources = self.document["Resources"].as_object().into_iter().flatten();
        resources.filter(|(_, all)| all["Type"] == kind).map(|(name, all)| Resource { name, definition: all }).collect()
    }

    /// Nested stacks of one template, by its file name: their logical id and parameters.
    pub fn nested(&self, template: &str) -> BTreeMap<&str, &Map<String, Value>> {
        let stacks = self.resources("AWS::CloudFormation::Stack").into_iter();
        stacks
            .filter(|stack| stack.property("TemplateURL") == template)
            .map(|stack| (stack.name, stack.property("Parameters").as_object().expect("parameters")))
            .collect()
    }
}

/// A value as one text: `!Ref X` is `${X}`, `!GetAtt X.Y` is `${X.Y}`, joined lists are joined. Of
/// a condition it is the second branch, which applies when a parameter has its default.
pub fn text(value: &Value) -> String {
    let Value::Object(map) = value else {
        return value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    };
    let Some((function, argument)) = map.iter().next() else { return String::new() };
    match (function.as_str(), argument) {
        ("Ref" | "Fn::GetAtt", argument) => format!("${{{}}}", text(argument)),
        ("Fn::Sub", Value::Array(parts)) => text(&parts[0]),
        ("Fn::Join", Value::Array(parts)) => {
            let items = parts[1].as_array().into_iter().flatten().map(text);
            items.collect::<Vec<_>>().join(parts[0].as_str().unwrap_or_default())
        }
        ("Fn::If", Value::Array(parts)) => text(&parts[2]),
        (_, argument) => text(argument),
    }
}

fn expand_short_forms(yaml: Yaml) -> Value {
    match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(truth) => Value::Bool(truth),
        Yaml::Number(number) => serde_json::to_value(number).expect("a number"),
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(items.into_iter().map(expand_short_forms).collect()),
        Yaml::Mapping(pairs) => {
            Value::Object(pairs.into_iter().map(|(key, value)| (key_text(key), expand_short_forms(value))).collect())
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let function = match tag.trim_start_matches('!') {
                plain @ ("Ref" | "Condition") => plain.to_owned(),
                function => format!("Fn::{function}"),
            };
            Value::Object(Map::from_iter([(function, expand_short_forms(tagged.value))]))
        }
    }
}

fn key_text(key: Yaml) -> String {
    match key {
        Yaml::String(text) => text,
        Yaml::Number(number) => number.to_string(),
        other => panic!("{other:?} is no name"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_forms_become_long() {
        let source = "A: !Sub 'a-${B}'\nB: !If [C, !Ref D, !GetAtt E.F]\nG: !Join [',', [!Ref H, i]]\n";
        let template = Template::parse("here", source);
        assert_eq!(
            template.document,
            json!({
                "A": {"Fn::Sub": "a-${B}"},
                "B": {"Fn::If": ["C", {"Ref": "D"}, {"Fn::GetAtt": "E.F"}]},
                "G": {"Fn::Join": [",", [{"Ref": "H"}, "i"]]},
            })
        );
        assert_eq!(["A", "B", "G"].map(|name| text(&template.document[name])), ["a-${B}", "${E.F}", "${H},i"]);
    }
}
