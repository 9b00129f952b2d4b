//! A test shop with an admin and a customer, and the helpers of the tests.

use products::{App, router};
use runtime::Env;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Executor};
use store_postgres::Database;
use testkit::{TestClient, TestEnv, TestResponse, TestUser};

pub(crate) struct Shop {
    pub(crate) test_env: TestEnv,
    pub(crate) anyone: TestClient,
    pub(crate) admin: TestClient,
    pub(crate) customer: TestClient,
    pub(crate) admin_user: TestUser,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let test_env = TestEnv::new().await;
        let env = test_env.env();
        Self::open_with(test_env, &env).await
    }

    /// With some stores elsewhere than the test environment's.
    pub(crate) async fn open_with(test_env: TestEnv, env: &Env) -> Self {
        let app = App::from_env(env, &test_env.clock).unwrap();
        let anyone = test_env.client(router(app, &test_env.http_stack()));
        let (boss, ada) = (test_env.admin().await, test_env.customer().await);
        Self { admin: anyone.as_user(&boss), customer: anyone.as_user(&ada), anyone, test_env, admin_user: boss }
    }

    /// Adds a product and returns it.
    pub(crate) async fn add(&self, product: Value) -> Value {
        self.admin.post("/api/products", product).await.expect(201).json()
    }

    /// The names on a page of the list, in order.
    pub(crate) async fn names(&self, query: &str) -> Vec<String> {
        names(&self.anyone.get(&format!("/api/products{query}")).await.expect(200))
    }

    pub(crate) fn productdb(&self) -> Database {
        self.test_env.database("PRODUCTDB_URL")
    }

    pub(crate) fn inventorydb(&self) -> Database {
        self.test_env.database("INVENTORYDB_URL")
    }

    /// Quantity and reserved units in inventorydb; `None` without a row.
    pub(crate) async fn stock(&self, product: &Value) -> Option<(i32, i32)> {
        let mut db = self.inventorydb().acquire().await.unwrap();
        let select = sqlx::query_as("select quantity, reserved from inventory where product_id = $1");
        select.bind(id(product)).fetch_optional(&mut *db).await.unwrap()
    }

    /// Reserves units directly, as an order does.
    pub(crate) async fn reserve(&self, product: &Value, pieces: i32) {
        let mut db = self.inventorydb().acquire().await.unwrap();
        let update =
            sqlx::query("update inventory set reserved = reserved + $2, version = version + 1 where product_id = $1");
        assert_eq!(update.bind(id(product)).bind(pieces).execute(&mut *db).await.unwrap().rows_affected(), 1);
    }

    /// Runs statements in productdb that its role may not run.
    pub(crate) async fn execute_as_owner(&self, statements: &str) {
        let own: PgConnectOptions = self.test_env.env().required("PRODUCTDB_URL").unwrap().parse().unwrap();
        let owner: PgConnectOptions = Env::from_env().required("SHOP_POSTGRES_URL").unwrap().parse().unwrap();
        let mut owner = PgConnection::connect_with(&owner.database(own.get_database().unwrap())).await.unwrap();
        owner.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
    }
}

pub(crate) fn tea() -> Value {
    json!({"name": "Green tea", "price": 4.5, "description": "Leaves from Uji", "category": "tea", "image": "/images/tea.svg", "stock": 12})
}

pub(crate) fn id(product: &Value) -> i32 {
    i32::try_from(product["id"].as_i64().unwrap()).unwrap()
}

pub(crate) fn path(product: &Value) -> String {
    format!("/api/products/{}", id(product))
}

pub(crate) fn names(page: &TestResponse) -> Vec<String> {
    page.json().as_array().unwrap().iter().map(|product| product["name"].as_str().unwrap().to_owned()).collect()
}

/// The path and query of the next page.
pub(crate) fn next_link(page: &TestResponse) -> Option<String> {
    let link = page.header("link");
    link.strip_prefix('<')?.strip_suffix(">; rel=\"next\"").map(str::to_owned)
}
