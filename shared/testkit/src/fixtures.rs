//! Products for tests that are not about products: a catalog row and its stock, inserted directly
//! into their databases.

use domain::ProductId;

use crate::TestEnv;

impl TestEnv {
    /// A product with a price in cents, this stock, and a category of its own: the count of a
    /// category is one row, for which writers of its products wait.
    pub async fn product(&self, cents: i64, stock: i32) -> ProductId {
        let insert = "insert into products (name, price, stock, category, created_at, updated_at)
                      values ('Product ' || $1, $1::bigint::numeric / 100, $2, 'Test ' || gen_random_uuid(), now(), now())
                      returning id";
        let mut db = self.connection("PRODUCTDB_URL").await;
        let insert = sqlx::query_scalar(insert).bind(cents).bind(stock);
        let id: i32 = insert.fetch_one(&mut *db).await.expect("a product can be added");
        let mut db = self.connection("INVENTORYDB_URL").await;
        let insert = sqlx::query(
            "with added as (insert into inventory (product_id, quantity) values ($1, $2))
             insert into stock_ledger (product_id, delta, quantity_after, reason) values ($1, $2, $2, 'initial')",
        );
        insert.bind(id).bind(stock).execute(&mut *db).await.expect("stock can be added");
        ProductId::new(id)
    }

    /// Quantity and reserved units of a product in inventorydb.
    pub async fn stock(&self, product: ProductId) -> (i32, i32) {
        let mut db = self.connection("INVENTORYDB_URL").await;
        let select =
            sqlx::query_as("select quantity, reserved from inventory where product_id = $1").bind(product.get());
        select.fetch_one(&mut *db).await.expect("the product has stock")
    }

    /// One number from one of this test's databases.
    pub async fn query_scalar(&self, variable: &str, sql: &'static str) -> i64 {
        let mut db = self.connection(variable).await;
        sqlx::query_scalar(sql).fetch_one(&mut *db).await.expect("a figure")
    }
}
