//! Evaluates a stack with its parameters: conditions decided, choices made, nested stacks expanded.
//! Values that only AWS knows (`!GetAtt`) stay names.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use crate::cloudformation::Template;

/// Names and values of parameters.
pub type Parameters = BTreeMap<String, String>;

/// A resource that a deploy creates.
#[derive(Clone, Debug)]
pub struct DeployedResource {
    /// The path in the stacks, such as `Postgres/Aurora/Writer`.
    pub path: String,
    pub kind: String,
    /// With everything evaluated that depends on the parameters.
    pub properties: Value,
}

impl DeployedResource {
    /// A property by its path; null if there is none.
    pub fn property(&self, path: &str) -> &Value {
        self.properties.pointer(&format!("/{path}")).unwrap_or(&Value::Null)
    }

    /// A number, which parameters have as text.
    pub fn number(&self, path: &str) -> Option<f64> {
        let value = self.property(path);
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    }

    /// The length of a list, or the number of an object's members.
    pub fn count(&self, path: &str) -> usize {
        match self.property(path) {
            Value::Array(items) => items.len(),
            Value::Object(members) => members.len(),
            _ => 0,
        }
    }
}

/// One template with its parameters.
pub struct Stack {
    template: Template,
    parameters: Parameters,
}

impl Stack {
    /// `given`, and the defaults of other parameters.
    ///
    /// # Panics
    /// When the template cannot be read.
    pub fn new(file: &str, given: &Parameters) -> Self {
        let template = Template::read(file);
        let declared = template.document["Parameters"].as_object().into_iter().flatten();
        let parameters = declared.filter_map(|(name, parameter)| {
            let default = parameter.get("Default").map(plain_text);
            Some((name.clone(), given.get(name).cloned().or(default)?))
        });
        let parameters = parameters.collect();
        Self { template, parameters }
    }

    /// Everything that it creates, nested stacks included.
    pub fn resources(&self) -> Vec<DeployedResource> {
        let mut found = Vec::new();
        self.collect("", &mut found);
        found
    }

    fn collect(&self, place: &str, found: &mut Vec<DeployedResource>) {
        for (name, resource) in self.template.document["Resources"].as_object().into_iter().flatten() {
            if resource
                .get("Condition")
                .and_then(Value::as_str)
                .is_some_and(|condition| !self.condition_holds(condition))
            {
                continue;
            }
            let (path, kind) = (format!("{place}{name}"), plain_text(&resource["Type"]));
            let properties = self.evaluate(&resource["Properties"]).unwrap_or_default();
            if kind == "AWS::CloudFormation::Stack" {
                let folder = Path::new(&self.template.file).parent().unwrap_or(Path::new(""));
                let file = folder.join(plain_text(&properties["TemplateURL"]));
                let given = properties["Parameters"].as_object().into_iter().flatten();
                let given = given.map(|(name, value)| (name.clone(), plain_text(value))).collect();
                Self::new(&file.to_string_lossy(), &given).collect(&format!("{path}/"), found);
            } else {
                found.push(DeployedResource { path, kind, properties });
            }
        }
    }

    /// Whether a condition holds.
    ///
    /// # Panics
    /// When there is no such condition.
    pub fn condition_holds(&self, condition: &str) -> bool {
        let all = &self.template.document["Conditions"];
        self.evaluate_condition(
            all.get(condition).unwrap_or_else(|| panic!("{} has no {condition}", self.template.file)),
        )
    }

    /// The first of the template's rules that the parameters violate.
    pub fn violated_rule(&self) -> Option<String> {
        let rules = self.template.document["Rules"].as_object().into_iter().flatten();
        let broken = rules
            .filter(|(_, rule)| rule.get("RuleCondition").is_none_or(|condition| self.evaluate_condition(condition)));
        let mut broken = broken.filter(|(_, rule)| {
            rule["Assertions"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|assertion| !self.evaluate_condition(&assertion["Assert"]))
        });
        broken.next().map(|(name, _)| name.clone())
    }

    fn evaluate_condition(&self, condition: &Value) -> bool {
        let Some((function, argument)) = condition.as_object().and_then(|map| map.iter().next()) else { return false };
        let parts = || argument.as_array().into_iter().flatten();
        let side = |place: usize| self.evaluate(&argument[place]).map(|value| plain_text(&value));
        match function.as_str() {
            "Condition" => self.condition_holds(&plain_text(argument)),
            "Fn::Equals" => side(0) == side(1),
            "Fn::Not" => !self.evaluate_condition(&argument[0]),
            "Fn::And" => parts().all(|part| self.evaluate_condition(part)),
            "Fn::Or" => parts().any(|part| self.evaluate_condition(part)),
            other => panic!("{}: {other} is no condition that is known here", self.template.file),
        }
    }

    /// An evaluated value; none for `AWS::NoValue`.
    pub fn evaluate(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(items) => Some(items.iter().filter_map(|item| self.evaluate(item)).collect()),
            Value::Object(map) => self.evaluate_object(map),
            plain => Some(plain.clone()),
        }
    }

    fn evaluate_object(&self, map: &Map<String, Value>) -> Option<Value> {
        let function = map.iter().next().filter(|_| map.len() == 1);
        match function.map(|(name, argument)| (name.as_str(), argument)) {
            Some(("Ref", name)) if name == "AWS::NoValue" => None,
            Some(("Ref", name)) => {
                let name = plain_text(name);
                Some(Value::String(self.parameters.get(&name).cloned().unwrap_or_else(|| format!("${{{name}}}"))))
            }
            Some(("Fn::If", choice)) => {
                self.evaluate(&choice[if self.condition_holds(&plain_text(&choice[0])) { 1 } else { 2 }])
            }
            Some(("Fn::FindInMap", keys)) => {
                let key = |place: usize| plain_text(&self.evaluate(&keys[place]).unwrap_or_default());
                Some(self.template.document["Mappings"][key(0)][key(1)][key(2)].clone())
            }
            Some(("Fn::GetAtt", argument)) => Some(Value::String(format!("${{{}}}", plain_text(argument)))),
            Some(("Fn::Sub", argument)) => {
                let text = argument.get(0).unwrap_or(argument);
                let known = self.parameters.iter();
                let filled =
                    known.fold(plain_text(text), |text, (name, value)| text.replace(&format!("${{{name}}}"), value));
                Some(Value::String(filled))
            }
            Some(("Fn::Join", parts)) => {
                let items = self.evaluate(&parts[1])?;
                let items = items.as_array().map(|items| items.iter().map(plain_text).collect::<Vec<_>>());
                Some(Value::String(items?.join(&plain_text(&parts[0]))))
            }
            _ => {
                let members = map.iter().filter_map(|(name, value)| Some((name.clone(), self.evaluate(value)?)));
                Some(Value::Object(members.collect()))
            }
        }
    }

    /// A value of the template itself, such as its `Globals`, evaluated.
    pub fn evaluate_at(&self, pointer: &str) -> Option<Value> {
        self.template.document.pointer(pointer).and_then(|value| self.evaluate(value))
    }
}

/// A value as text: a string without its quotes.
pub fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
