//! The conditions and orders of the product list, as SQL.

use domain::Money;
use domain::products::{ProductKeyset, ProductSort};
use sqlx::{Postgres, QueryBuilder};

use super::ListPlan;

impl ListPlan<'_> {
    /// Whether the order is by price; its indexes serve more filters than others.
    pub(super) fn sorts_by_price(&self) -> bool {
        matches!(self.sort, ProductSort::Price | ProductSort::PriceDescending)
    }

    /// The order, prefixed by the columns that [`ListPlan::push_index_filters`] fixes.
    pub(super) fn order_by(&self) -> String {
        let way = if order_by_clause(self.sort).contains("desc") { " desc" } else { "" };
        let category = if self.filter.category.is_some() { format!("category{way}, ") } else { String::new() };
        let stock = if self.leads_with_stock() { format!("available{way}, ") } else { String::new() };
        format!("{category}{stock}{}", order_by_clause(self.sort))
    }

    fn leads_with_stock(&self) -> bool {
        self.sorts_by_price() && self.filter.in_stock.is_some() && self.filter.category.is_none()
    }

    /// The conditions that an index of the order serves. `= any` in place of `=` hides from the
    /// planner that the column is constant, so that only the index that begins with it has the
    /// order: with `=` the planner may scan the whole catalog in its order and hope to find the
    /// category soon.
    pub(super) fn push_index_filters(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(category) = &self.filter.category {
            sql.push(" and category = any(array[category_as_spelled(")
                .push_bind(category.as_str().to_owned())
                .push(")])");
        }
        if self.sorts_by_price() {
            self.push_price_filters(sql);
            match self.filter.in_stock {
                Some(in_stock) if self.leads_with_stock() => {
                    sql.push(" and available = any(").push_bind(vec![in_stock]).push(")");
                }
                _ => self.push_stock_filter(sql),
            }
        }
        self.push_cursor(sql);
    }

    /// The conditions that do not depend on the cursor.
    pub(super) fn push_row_filters(&self, sql: &mut QueryBuilder<Postgres>) {
        self.push_search(sql);
        if !self.sorts_by_price() {
            self.push_price_filters(sql);
            self.push_stock_filter(sql);
        }
    }

    /// Checks rows for the words of the search. The query is made once, whether the plan is generic
    /// or not.
    pub(super) fn push_search(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(q) = &self.filter.search {
            sql.push(" and coalesce(search @@ (select prefixes(").push_bind(q.as_str().to_owned()).push(")), false)");
        }
    }

    pub(super) fn push_price_filters(&self, sql: &mut QueryBuilder<Postgres>) {
        for (bound, price) in [(" and price >= ", self.filter.min_price), (" and price <= ", self.filter.max_price)] {
            if let Some(price) = price {
                push_cents(sql.push(bound), price);
            }
        }
    }

    pub(super) fn push_stock_filter(&self, sql: &mut QueryBuilder<Postgres>) {
        if let Some(in_stock) = self.filter.in_stock {
            sql.push(" and available = ").push_bind(in_stock);
        }
    }

    /// The condition that skips the previous pages.
    pub(super) fn push_cursor(&self, sql: &mut QueryBuilder<Postgres>) {
        let id = match self.after {
            None => return,
            Some(ProductKeyset::Newest(id)) => {
                sql.push(" and id < ").push_bind(id.get());
                return;
            }
            Some(ProductKeyset::Price(cents, id)) => {
                push_cents(sql.push(" and (price, id) > ("), Money::from_cents(*cents));
                id
            }
            Some(ProductKeyset::PriceDescending(cents, id)) => {
                push_cents(sql.push(" and (price, id) < ("), Money::from_cents(*cents));
                id
            }
            Some(ProductKeyset::Name(name, id)) => {
                sql.push(" and (name, id) > (").push_bind(name.clone());
                id
            }
            Some(ProductKeyset::RatingDescending(hundredths, id)) => {
                sql.push(" and (rating_average, id) < (").push_bind(*hundredths).push("::bigint::numeric / 100");
                id
            }
        };
        sql.push(", ").push_bind(id.get()).push(")");
    }
}

fn push_cents(sql: &mut QueryBuilder<Postgres>, price: Money) {
    sql.push_bind(price.cents()).push("::bigint::numeric / 100");
}

pub(super) fn order_by_clause(sort: ProductSort) -> &'static str {
    match sort {
        ProductSort::Newest => "id desc",
        ProductSort::Price => "price, id",
        ProductSort::PriceDescending => "price desc, id desc",
        ProductSort::Name => "name, id",
        ProductSort::RatingDescending => "rating_average desc, id desc",
    }
}

/// The same order, of expressions that no index has.
pub(super) fn order_by_clause_without_index(sort: ProductSort) -> &'static str {
    match sort {
        ProductSort::Newest => "id + 0 desc",
        ProductSort::Price => "price + 0, id",
        ProductSort::PriceDescending => "price + 0 desc, id desc",
        ProductSort::Name => "name || '', id",
        ProductSort::RatingDescending => "rating_average + 0 desc, id desc",
    }
}
