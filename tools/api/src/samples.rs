//! A request to any route that succeeds, on objects made for it: the sample of the document with fresh
//! ids in place of its own.
//!
//! Which object an id names is read from the route: `{id}` is of what a `POST` to the path before it adds, or
//! of the route's own group, `productId` of `products`. An object is made by that `POST` with its own sample,
//! so a new group needs no line here unless its samples need more than ids that exist.

use serde_json::{Value, json};

use crate::{Access, GROUPS, Repeat, Route, routes};

/// What a sample is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Anyone,
    /// The user whom all objects belong to.
    Owner,
    Admin,
}

/// A request to one route.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleRequest {
    /// In upper case, such as `GET`.
    pub method: String,
    /// With values for its parameters, such as `/api/orders/7`.
    pub path: String,
    pub body: Option<Value>,
    /// For a route that takes an `Idempotency-Key`.
    pub idempotency_key: Option<String>,
}

/// A shop that samples are made ready in.
pub trait SampleShop {
    /// Sends a request and reads the body of the response.
    fn send(&mut self, caller: Caller, request: &SampleRequest) -> impl Future<Output = Value>;
    fn owner_id(&self) -> i64;
    /// The token of a link that verifies the owner's address.
    fn verification_token(&mut self) -> String;
    /// A word that no other sample has.
    fn nonce(&mut self) -> String;
}

/// The routes, and how to ask each for something that succeeds.
pub struct Samples {
    routes: Vec<Route>,
}

impl Default for Samples {
    fn default() -> Self {
        Self { routes: routes() }
    }
}

impl Route {
    /// Who may make its sample request.
    pub fn sample_caller(&self) -> Caller {
        match self.access {
            Access::Anyone | Access::MaybeCustomer => Caller::Anyone,
            Access::Customer
            | Access::Buyer
            | Access::OwnerOrAdmin
            | Access::BuyingOwnerOrAdmin
            | Access::BuyingOwnerAdminOrLink
            | Access::Owner => Caller::Owner,
            Access::Admin => Caller::Admin,
        }
    }
}

impl Samples {
    /// A request that succeeds for [`Route::sample_caller`], on objects that nothing else has touched.
    ///
    /// # Panics
    /// When the shop does not make what the sample needs.
    pub async fn request(&self, shop: &mut impl SampleShop, route: &Route) -> SampleRequest {
        let mut path = route.path.clone();
        for (name, _) in &route.path_parameters {
            let id = match self.create_within(shop, route, &path, name).await {
                Some(id) => id,
                None => {
                    let group = if name == "id" { Some(self.collection(route)) } else { group_of_id(name) };
                    let group = group.unwrap_or_else(|| panic!("{path}: {name} is no id of a group"));
                    self.create(shop, group).await
                }
            };
            path = path.replace(&format!("{{{name}}}"), id.as_str().unwrap_or(&id.to_string()));
        }
        // The only route that cannot be called without its query.
        if route.operation_id == "list_users" {
            path = format!("{path}?{}", route.query);
        }
        let mut body = route.body.clone();
        let mut places = body.as_ref().map(places_to_fill).unwrap_or_default();
        if route.path.starts_with("/api/orders/shipping-methods") {
            places.push(("/name".to_owned(), Place::Unique));
        }
        for (pointer, place) in places {
            let value = match place {
                Place::Id("orders") if route.operation_id == "pay_order" => self.declined_order(shop).await,
                Place::Id(group) => self.create(shop, group).await,
                Place::Email => json!(format!("{}@example.org", shop.nonce())),
                Place::Unique => json!(format!("New-{}", shop.nonce())),
            };
            if let Some(member) = body.as_mut().and_then(|body| body.pointer_mut(&pointer)) {
                *member = value;
            }
        }
        if let Some(body) = body.as_mut().filter(|_| route.operation_id == "verify_email") {
            body["token"] = json!(shop.verification_token());
        }
        if let Some(login) = body.as_ref().filter(|_| route.operation_id == "log_in") {
            self.sign_up(shop, login).await;
        }
        let keyed = route.repeat == Some(Repeat::IdempotencyKey);
        let idempotency_key = keyed.then(|| shop.nonce());
        let mut request = SampleRequest { method: route.method.clone(), path, body, idempotency_key };
        self.fit_to_order(shop, route, &mut request).await;
        request
    }

    /// Where objects with a route's `{id}` are added: below its group, as in `orders/tax-rates`, or the group.
    fn collection<'a>(&self, route: &'a Route) -> &'a str {
        let before = route.path.split("/{id}").next().and_then(|path| path.strip_prefix("/api/"));
        let is_added = |path: &&str| {
            self.routes.iter().any(|route| route.method == "POST" && route.path.strip_prefix("/api/") == Some(*path))
        };
        before.filter(is_added).unwrap_or(&route.group)
    }

    fn find(&self, method: &str, path: &str) -> &Route {
        let route = self.routes.iter().find(|route| (route.method.as_str(), route.path.as_str()) == (method, path));
        route.unwrap_or_else(|| panic!("there is no {method} {path} that could make what a sample needs"))
    }

    /// The id of a fresh object within another one, whose id is in `path` already: what `POST` to its
    /// collection makes. `None` for an object of a group.
    async fn create_within(&self, shop: &mut impl SampleShop, route: &Route, path: &str, name: &str) -> Option<Value> {
        let collection = |path: &str| path.split_once(&format!("/{{{name}}}")).map(|(before, _)| before.to_owned());
        let (template, filled) = (collection(&route.path)?, collection(path)?);
        let nested = template.contains('{');
        let creator =
            self.routes.iter().find(|route| nested && (route.method.as_str(), &route.path) == ("POST", &template))?;
        let mut request = Box::pin(self.request(shop, creator)).await;
        request.path = filled;
        self.fit_to_order(shop, creator, &mut request).await;
        Some(shop.send(creator.sample_caller(), &request).await["id"].clone())
    }

    /// The id of a fresh object of a group, which is the owner's.
    async fn create(&self, shop: &mut impl SampleShop, group: &str) -> Value {
        // A product has its stock from the beginning.
        let group = if group == "inventory" { "products" } else { group };
        if group == "users" {
            return json!(shop.owner_id());
        }
        let creator = self.find("POST", &format!("/api/{group}"));
        // An order needs a product: what is made needs something that was made before.
        let request = Box::pin(self.request(shop, creator)).await;
        let made = shop.send(creator.sample_caller(), &request).await;
        assert!(!made["id"].is_null(), "{request:?}: {made}");
        made["id"].clone()
    }

    /// What comes back was shipped: ships the order that the path names, and asks for what it has.
    async fn fit_to_order(&self, shop: &mut impl SampleShop, route: &Route, request: &mut SampleRequest) {
        let Some(order) = request.path.strip_suffix("/returns").filter(|_| route.operation_id == "request_return")
        else {
            return;
        };
        let path = format!("{order}/fulfilments");
        let ship = SampleRequest {
            method: "POST".to_owned(),
            path,
            body: Some(json!({})),
            idempotency_key: Some(shop.nonce()),
        };
        let shipped = shop.send(Caller::Admin, &ship).await;
        if let Some(product) = request.body.as_mut().and_then(|body| body.pointer_mut("/items/0/productId")) {
            *product = shipped["items"][0]["productId"].clone();
        }
    }

    /// The owner's order whose first payment was declined: one that can be paid.
    async fn declined_order(&self, shop: &mut impl SampleShop) -> Value {
        let place = self.find("POST", "/api/orders");
        let mut request = Box::pin(self.request(shop, place)).await;
        if let Some(body) = &mut request.body {
            body["payment"] = json!({"method": "tok_declined"});
        }
        shop.send(Caller::Owner, &request).await["order"]["id"].clone()
    }

    /// An account that a login's address and password are of.
    async fn sign_up(&self, shop: &mut impl SampleShop, login: &Value) {
        let route = self.find("POST", "/api/users/signup");
        let mut body = route.body.clone().unwrap_or_default();
        for member in ["email", "password"] {
            body[member] = login[member].clone();
        }
        let request = SampleRequest {
            method: route.method.clone(),
            path: route.path.clone(),
            body: Some(body),
            idempotency_key: None,
        };
        shop.send(Caller::Anyone, &request).await;
    }
}

enum Place {
    /// An id of an object of this group.
    Id(&'static str),
    /// An address that may be taken once.
    Email,
    /// A name or a code that may be taken once.
    Unique,
}

/// `productId` is an id of `products`.
fn group_of_id(name: &str) -> Option<&'static str> {
    let group = format!("{}s", name.strip_suffix("Id")?);
    GROUPS.into_iter().find(|known| *known == group)
}

/// Where in a body something must be put that exists, or that nothing else has.
fn places_to_fill(body: &Value) -> Vec<(String, Place)> {
    fn walk(value: &Value, pointer: &str, found: &mut Vec<(String, Place)>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    let pointer = format!("{pointer}/{name}");
                    if name == "email" {
                        found.push((pointer, Place::Email));
                    } else if name == "code" || name == "region" {
                        found.push((pointer, Place::Unique));
                    } else if let Some(group) = group_of_id(name) {
                        found.push((pointer, Place::Id(group)));
                    } else {
                        walk(member, &pointer, found);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    walk(item, &format!("{pointer}/{index}"), found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(body, "", &mut found);
    found
}
