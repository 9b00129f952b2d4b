//! Payments: partition `order#<id>`, so that those of an order lie together; `payment#<id>` in
//! it. A payment's id names its order, so one strongly consistent read finds it by its own id.
//!
//! Writing the outcome of a charge is a conditional put under the payment's id. Whoever comes
//! second (a repeated request, a late process, a void) gets what the first one wrote.

pub(crate) mod shape;

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use domain::payments::{Payment, PaymentStatus, Refund, RefundRefused};
use domain::{Limit, Money, OrderId, Page, PaymentId, Timestamp};
use runtime::planted::{Bug, planted};

use crate::client::{ask, ask_if};
use crate::item::{EXPIRES_AT, Item, PK, SK, number, text};
use crate::{Dynamo, Error, Result};

/// How often a refund is judged anew after another one came first. Each lost race is a refund
/// that another won, so only more than so many at once on one payment can use it up.
const REFUND_TRIES: usize = 32;
/// How long it is remembered that the simulated processor failed once for a key: a day, like
/// every idempotency record.
const ERROR_KEPT_SECONDS: i64 = 86_400;

/// What became of an attempt to write the outcome of a charge under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It was written.
    New(Payment),
    /// The key had an outcome: an earlier try's (our own, too, when its answer was lost), or a
    /// voided tombstone. Nothing was written.
    Already(Payment),
}

impl Recorded {
    /// What now stands under the key.
    pub fn into_payment(self) -> Payment {
        match self {
            Self::New(payment) | Self::Already(payment) => payment,
        }
    }
}

/// What became of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refunding {
    /// It was added; the payment as it is now.
    Done(Payment),
    /// A refund with that id was there: an earlier try's, our own, too, when its answer was lost.
    Repeated(Payment),
    /// More than is left.
    TooLarge {
        /// What is left.
        left: Money,
    },
    /// The payment was never captured, or has been refunded entirely.
    NotRefundable(PaymentStatus),
    /// It has as many refunds as leave something of it.
    TooMany {
        /// What is left.
        left: Money,
    },
    /// There is no such payment.
    Missing,
}

/// The table of payments. Cheap to clone.
#[derive(Clone)]
pub struct Payments {
    dynamo: Dynamo,
    table: String,
}

impl Payments {
    /// Payments kept in `table`.
    pub fn new(dynamo: Dynamo, table: impl Into<String>) -> Self {
        Self { dynamo, table: table.into() }
    }

    /// Writes the outcome of a charge, unless its key has one.
    ///
    /// # Errors
    /// When DynamoDB is away; whether it was written is then unknown, and asking again tells.
    pub async fn record(&self, payment: &Payment) -> Result<Recorded> {
        if payment.id.order() != Some(payment.order_id) {
            return Err(Error::Item("a payment's id must name its order".to_owned()));
        }
        let put = self.dynamo.client().await.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(shape::write(payment).into_attributes()))
            .set_condition_expression((!planted(Bug::UnconditionalPut)).then(|| "attribute_not_exists(pk)".to_owned()))
            .return_values_on_condition_check_failure(AllOld);
        let there = ask_if(put.send(), |refused| match refused {
            aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(e) => {
                Some(e.item.clone())
            }
            _ => None,
        });
        match there.await? {
            Ok(_) => Ok(Recorded::New(payment.clone())),
            Err(Some(there)) => shape::read(&there.into()).map(Recorded::Already),
            Err(None) => Err(Error::Item("a refused put did not show what was there".to_owned())),
        }
    }

    /// Writes a voided tombstone, unless the key has an outcome: afterwards the key cannot be
    /// charged any more, however late its process wakes up.
    ///
    /// # Errors
    /// As [`Payments::record`].
    pub async fn void(&self, tombstone: &Payment) -> Result<Recorded> {
        if tombstone.status != PaymentStatus::Voided {
            return Err(Error::Item("a tombstone must be voided".to_owned()));
        }
        self.record(tombstone).await
    }

    /// The payment, as it is now; `None` also for ids that name no order.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn find(&self, id: PaymentId) -> Result<Option<Payment>> {
        let Some(order) = id.order() else { return Ok(None) };
        let get = self.dynamo.client().await.get_item().table_name(&self.table).consistent_read(true);
        let found = ask(get.key(PK, text(shape::partition(order))).key(SK, text(shape::sort(id))).send()).await?;
        found.item.map(|item| shape::read(&item.into())).transpose()
    }

    /// All payments of an order, oldest first, tombstones too.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn of_order(&self, order: OrderId) -> Result<Vec<Payment>> {
        let (mut payments, mut from) = (Vec::new(), None);
        loop {
            let query = self.dynamo.client().await.query().table_name(&self.table).consistent_read(true);
            let query = query
                .key_condition_expression("pk = :pk and begins_with(sk, :payment)")
                .expression_attribute_values(":pk", text(shape::partition(order)))
                .expression_attribute_values(":payment", text(shape::PAYMENT))
                .set_exclusive_start_key(from);
            let page = ask(query.send()).await?;
            for item in page.items.unwrap_or_default() {
                payments.push(shape::read(&item.into())?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(payments);
            }
        }
    }

    /// A page of an order's payments, oldest first, tombstones too, after the payment that the
    /// page before ended with.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn page_of_order(&self, order: OrderId, after: Option<PaymentId>, limit: Limit) -> Result<Page<Payment>> {
        let query = self.dynamo.client().await.query().table_name(&self.table).consistent_read(true);
        // Ids are all of one length: what sorts behind one and before the next is no payment's.
        let from = after.map_or_else(|| shape::PAYMENT.to_owned(), |id| format!("{}!", shape::sort(id)));
        let query = query
            .key_condition_expression("pk = :pk and sk between :from and :to")
            .expression_attribute_values(":pk", text(shape::partition(order)))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(shape::PAYMENTS_END))
            .limit(i32::try_from(limit.and_one()).unwrap_or(i32::MAX));
        let answer = ask(query.send()).await?;
        let rows: Result<Vec<_>> =
            answer.items.unwrap_or_default().into_iter().map(|item| shape::read(&item.into())).collect();
        Ok(Page::cut_early(rows?, limit, answer.last_evaluated_key.is_some(), |payment| payment.id))
    }

    /// Adds a refund, once by its id, and moves the payment's status. The write holds only for
    /// the payment as it was judged: of concurrent refunds one wins, the others are judged anew.
    ///
    /// # Errors
    /// When DynamoDB is away; whether it was added is then unknown, and the same refund asked
    /// for again tells.
    pub async fn refund(&self, id: PaymentId, refund: &Refund) -> Result<Refunding> {
        let Some(mut payment) = self.find(id).await? else { return Ok(Refunding::Missing) };
        for _ in 0..REFUND_TRIES {
            let after = match payment.refunded_by(refund) {
                Ok(after) => after,
                Err(RefundRefused::Repeated) => return Ok(Refunding::Repeated(payment)),
                Err(RefundRefused::TooLarge { left }) => return Ok(Refunding::TooLarge { left }),
                Err(RefundRefused::NotRefundable(status)) => return Ok(Refunding::NotRefundable(status)),
                Err(RefundRefused::TooMany { left }) => return Ok(Refunding::TooMany { left }),
            };
            match self.replace_refunds(&payment, &after).await? {
                None => return Ok(Refunding::Done(after)),
                Some(now) => payment = now,
            }
        }
        Err(Error::Contended("a refund"))
    }

    /// Gives back whatever is left of a payment whose order does not stand, whatever refunds it has
    /// and whatever comes in between; answers the payment as it then is. Repeated, it changes
    /// nothing. `None` when there is no such payment.
    ///
    /// # Errors
    /// When DynamoDB is unreachable, or others refund this payment all the time; asking again
    /// finishes it.
    pub async fn undo(&self, id: PaymentId, at: Timestamp) -> Result<Option<Payment>> {
        let Some(mut payment) = self.find(id).await? else { return Ok(None) };
        for _ in 0..REFUND_TRIES {
            let Some(after) = payment.undone_at(at) else { return Ok(Some(payment)) };
            match self.replace_refunds(&payment, &after).await? {
                None => return Ok(Some(after)),
                Some(now) => payment = now,
            }
        }
        Err(Error::Contended("undoing a payment"))
    }

    /// Writes the refunds of `after` if those of `before` still stand; else answers what does.
    async fn replace_refunds(&self, before: &Payment, after: &Payment) -> Result<Option<Payment>> {
        let added = after.refunds.iter().skip(before.refunds.len()).map(shape::write_refund);
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(shape::partition(before.order_id)))
            .key(SK, text(shape::sort(before.id)))
            .update_expression("set refunds = list_append(refunds, :added), refunded = :after, #status = :status")
            // The sum tells money apart, the count refunds of nothing.
            .condition_expression("refunded = :before and size(refunds) = :count")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":added", Item::into_list(added))
            .expression_attribute_values(":after", number(shape::refunded(after)))
            .expression_attribute_values(":status", text(after.status.as_str()))
            .expression_attribute_values(":before", number(shape::refunded(before)))
            .expression_attribute_values(":count", number(i64::try_from(before.refunds.len()).unwrap_or(i64::MAX)))
            .return_values_on_condition_check_failure(AllOld);
        let there = ask_if(update.send(), |refused| match refused {
            aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(e) => {
                Some(e.item.clone())
            }
            _ => None,
        });
        match there.await? {
            Ok(_) => Ok(None),
            Err(Some(there)) => shape::read(&there.into()).map(Some),
            Err(None) => Err(Error::Item("a payment went away".to_owned())),
        }
    }

    /// Notes that the simulated processor has failed once for this key: true the first time.
    /// An id that names no order has no place to note it: false.
    ///
    /// # Errors
    /// When DynamoDB is away.
    pub async fn mark_error_once(&self, id: PaymentId) -> Result<bool> {
        let Some(order) = id.order() else { return Ok(false) };
        // The id tells when the charge was begun: no clock is needed here.
        let made = id.get().get_timestamp().map_or(0, |at| i64::try_from(at.to_unix().0).unwrap_or_default());
        let expires = Timestamp::from_millis(made.saturating_mul(1000)).seconds() + ERROR_KEPT_SECONDS;
        let mark = Item::keyed(shape::partition(order), format_args!("error#{id}")).number(EXPIRES_AT, expires);
        let put = self.dynamo.client().await.put_item().table_name(&self.table);
        let put = put.set_item(Some(mark.into_attributes())).condition_expression("attribute_not_exists(pk)");
        let first = ask_if(put.send(), |refused| refused.is_conditional_check_failed_exception().then_some(()));
        Ok(first.await?.is_ok())
    }

    /// Asks the table for a sign of life.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<()> {
        self.dynamo.ping(&self.table).await
    }
}
