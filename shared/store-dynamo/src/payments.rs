//! Payments: partition `order#<id>`, so that those of an order are stored together, each as
//! `payment#<id>`. A payment's id contains its order's id, so one strongly consistent read finds it
//! by its own id.
//!
//! The outcome of a charge is written by a conditional put under the payment's id. A later writer
//! (a repeated request, a late process, a void) gets what the first one wrote.

pub(crate) mod codec;

use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure::AllOld;
use domain::payments::{Payment, PaymentStatus, Refund, RefundError};
use domain::{Money, OrderId, Page, PageSize, PaymentId, Timestamp};

use crate::client::{timed, timed_conditional};
use crate::item::{EXPIRES_AT, Item, PK, SK, number, text};
use crate::{Dynamo, Error, Result};

/// How often a refund is retried after another one came first. Each lost race is a refund that
/// another request won, so only this many concurrent refunds of one payment can exhaust it.
const MAX_REFUND_ATTEMPTS: usize = 32;
/// How long it is remembered that the simulated processor failed once for a key: a day, like every
/// idempotency record.
const ERROR_RETENTION_SECONDS: i64 = 86_400;

/// The result of storing the outcome of a charge under its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordOutcome {
    Inserted(Payment),
    /// The key had an outcome: an earlier attempt's (possibly the same request's, if its response
    /// was lost), or a voided tombstone. Nothing was written.
    AlreadyExists(Payment),
}

impl RecordOutcome {
    /// The payment that is stored under the key.
    pub fn into_payment(self) -> Payment {
        match self {
            Self::Inserted(payment) | Self::AlreadyExists(payment) => payment,
        }
    }
}

/// The result of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    /// It was added; the resulting payment.
    Refunded(Payment),
    /// A refund with that id existed: an earlier attempt's, possibly the same request's, if its
    /// response was lost.
    Duplicate(Payment),
    /// More than is left.
    TooLarge {
        /// The amount that can still be refunded.
        refundable: Money,
    },
    /// The payment was never captured, or has been refunded completely.
    NotRefundable(PaymentStatus),
    /// It has reached the maximum number of partial refunds.
    TooMany {
        /// The amount that can still be refunded.
        refundable: Money,
    },
    NotFound,
}

/// The table of payments. Cheap to clone.
#[derive(Clone)]
pub struct Payments {
    dynamo: Dynamo,
    table: String,
}

impl Payments {
    /// Payments stored in `table`.
    pub fn new(dynamo: Dynamo, table: impl Into<String>) -> Self {
        Self { dynamo, table: table.into() }
    }

    /// Stores the outcome of a charge, unless its key has one.
    ///
    /// # Errors
    /// When DynamoDB is unavailable; it is then unknown whether it was stored, and a repetition
    /// returns the result.
    pub async fn record_charge(&self, payment: &Payment) -> Result<RecordOutcome> {
        if payment.id.order_id() != Some(payment.order_id) {
            return Err(Error::InvalidItem("a payment's id must name its order".to_owned()));
        }
        let put = self.dynamo.client().await.put_item().table_name(&self.table);
        let put = put
            .set_item(Some(codec::to_item(payment).into_attributes()))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(AllOld);
        let stored = timed_conditional(put.send(), |refused| match refused {
            aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(e) => {
                Some(e.item.clone())
            }
            _ => None,
        });
        match stored.await? {
            Ok(_) => Ok(RecordOutcome::Inserted(payment.clone())),
            Err(Some(item)) => codec::from_item(&item.into()).map(RecordOutcome::AlreadyExists),
            Err(None) => Err(Error::InvalidItem("a rejected put did not return the stored item".to_owned())),
        }
    }

    /// Stores a voided tombstone, unless the key has an outcome: after that the key can never be
    /// charged, however late its process continues.
    ///
    /// # Errors
    /// As [`Payments::record_charge`].
    pub async fn void(&self, tombstone: &Payment) -> Result<RecordOutcome> {
        if tombstone.status != PaymentStatus::Voided {
            return Err(Error::InvalidItem("a tombstone must be voided".to_owned()));
        }
        self.record_charge(tombstone).await
    }

    /// The payment in its current state; `None` also for ids that contain no order.
    ///
    /// # Errors
    /// When DynamoDB is unavailable.
    pub async fn find(&self, id: PaymentId) -> Result<Option<Payment>> {
        let Some(order) = id.order_id() else { return Ok(None) };
        let get = self.dynamo.client().await.get_item().table_name(&self.table).consistent_read(true);
        let found =
            timed(get.key(PK, text(codec::order_partition(order))).key(SK, text(codec::sort_key(id))).send()).await?;
        found.item.map(|item| codec::from_item(&item.into())).transpose()
    }

    /// All payments of an order, oldest first, including tombstones.
    ///
    /// # Errors
    /// When DynamoDB is unavailable.
    pub async fn list_of_order(&self, order: OrderId) -> Result<Vec<Payment>> {
        let (mut payments, mut from) = (Vec::new(), None);
        loop {
            let query = self.dynamo.client().await.query().table_name(&self.table).consistent_read(true);
            let query = query
                .key_condition_expression("pk = :pk and begins_with(sk, :payment)")
                .expression_attribute_values(":pk", text(codec::order_partition(order)))
                .expression_attribute_values(":payment", text(codec::PAYMENT_PREFIX))
                .set_exclusive_start_key(from);
            let page = timed(query.send()).await?;
            for item in page.items.unwrap_or_default() {
                payments.push(codec::from_item(&item.into())?);
            }
            from = page.last_evaluated_key;
            if from.is_none() {
                return Ok(payments);
            }
        }
    }

    /// A page of an order's payments, oldest first, including tombstones, after the last one of the
    /// previous page.
    ///
    /// # Errors
    /// When DynamoDB is unavailable.
    pub async fn list_page_of_order(
        &self,
        order: OrderId,
        after: Option<PaymentId>,
        limit: PageSize,
    ) -> Result<Page<Payment>> {
        let query = self.dynamo.client().await.query().table_name(&self.table).consistent_read(true);
        // All ids have one length: no payment's key lies between this one and the next.
        let from = after.map_or_else(|| codec::PAYMENT_PREFIX.to_owned(), |id| format!("{}!", codec::sort_key(id)));
        let query = query
            .key_condition_expression("pk = :pk and sk between :from and :to")
            .expression_attribute_values(":pk", text(codec::order_partition(order)))
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":to", text(codec::PAYMENTS_END))
            .limit(i32::try_from(limit.fetch_limit()).unwrap_or(i32::MAX));
        let response = timed(query.send()).await?;
        let rows: Result<Vec<_>> =
            response.items.unwrap_or_default().into_iter().map(|item| codec::from_item(&item.into())).collect();
        Ok(Page::from_partial_rows(rows?, limit, response.last_evaluated_key.is_some(), |payment| payment.id))
    }

    /// Adds a refund, once by its id, and updates the payment's status. The write succeeds only if
    /// the payment is unchanged since it was checked: of concurrent refunds one wins, the others
    /// are checked again.
    ///
    /// # Errors
    /// When DynamoDB is unavailable; it is then unknown whether it was added, and a repetition with
    /// the same refund returns the result.
    pub async fn refund(&self, id: PaymentId, refund: &Refund) -> Result<RefundOutcome> {
        let Some(mut payment) = self.find(id).await? else { return Ok(RefundOutcome::NotFound) };
        for _ in 0..MAX_REFUND_ATTEMPTS {
            let after = match payment.apply_refund(refund) {
                Ok(after) => after,
                Err(RefundError::Duplicate) => return Ok(RefundOutcome::Duplicate(payment)),
                Err(RefundError::TooLarge { refundable: left }) => {
                    return Ok(RefundOutcome::TooLarge { refundable: left });
                }
                Err(RefundError::NotRefundable(status)) => return Ok(RefundOutcome::NotRefundable(status)),
                Err(RefundError::TooMany { refundable: left }) => {
                    return Ok(RefundOutcome::TooMany { refundable: left });
                }
            };
            match self.replace_refunds(&payment, &after).await? {
                None => return Ok(RefundOutcome::Refunded(after)),
                Some(now) => payment = now,
            }
        }
        Err(Error::Contended("a refund"))
    }

    /// Refunds everything that is left of a payment whose order is cancelled, whatever refunds it
    /// has and whatever happens concurrently; returns the resulting payment. Repeated, it changes
    /// nothing. `None` if there is no such payment.
    ///
    /// # Errors
    /// When DynamoDB is unreachable, or others refund this payment all the time; a repetition
    /// completes it.
    pub async fn refund_remaining(&self, id: PaymentId, at: Timestamp) -> Result<Option<Payment>> {
        let Some(mut payment) = self.find(id).await? else { return Ok(None) };
        for _ in 0..MAX_REFUND_ATTEMPTS {
            let Some(after) = payment.compensate(at) else { return Ok(Some(payment)) };
            match self.replace_refunds(&payment, &after).await? {
                None => return Ok(Some(after)),
                Some(now) => payment = now,
            }
        }
        Err(Error::Contended("undoing a payment"))
    }

    /// Writes the refunds of `after` if those of `before` are unchanged; else returns the current
    /// payment.
    async fn replace_refunds(&self, before: &Payment, after: &Payment) -> Result<Option<Payment>> {
        let added = after.refunds.iter().skip(before.refunds.len()).map(codec::refund_to_item);
        let update = self.dynamo.client().await.update_item().table_name(&self.table);
        let update = update
            .key(PK, text(codec::order_partition(before.order_id)))
            .key(SK, text(codec::sort_key(before.id)))
            .update_expression("set refunds = list_append(refunds, :added), refunded = :after, #status = :status")
            // The sum detects a change of the amount, the count refunds of zero.
            .condition_expression("refunded = :before and size(refunds) = :count")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":added", Item::into_list(added))
            .expression_attribute_values(":after", number(codec::refunded_cents(after)))
            .expression_attribute_values(":status", text(after.status.as_str()))
            .expression_attribute_values(":before", number(codec::refunded_cents(before)))
            .expression_attribute_values(":count", number(i64::try_from(before.refunds.len()).unwrap_or(i64::MAX)))
            .return_values_on_condition_check_failure(AllOld);
        let stored = timed_conditional(update.send(), |refused| match refused {
            aws_sdk_dynamodb::operation::update_item::UpdateItemError::ConditionalCheckFailedException(e) => {
                Some(e.item.clone())
            }
            _ => None,
        });
        match stored.await? {
            Ok(_) => Ok(None),
            Err(Some(item)) => codec::from_item(&item.into()).map(Some),
            Err(None) => Err(Error::InvalidItem("the payment does not exist".to_owned())),
        }
    }

    /// Records that the simulated processor has failed once for this key: true the first time.
    /// False for an id that contains no order, for which there is no place to record it.
    ///
    /// # Errors
    /// When DynamoDB is unavailable.
    pub async fn mark_error_once(&self, id: PaymentId) -> Result<bool> {
        let Some(order) = id.order_id() else { return Ok(false) };
        // The id contains the time of the charge: no clock is needed here.
        let made = id.get().get_timestamp().map_or(0, |at| i64::try_from(at.to_unix().0).unwrap_or_default());
        let expires = Timestamp::from_millis(made.saturating_mul(1000)).seconds() + ERROR_RETENTION_SECONDS;
        let mark =
            Item::with_key(codec::order_partition(order), format_args!("error#{id}")).number(EXPIRES_AT, expires);
        let put = self.dynamo.client().await.put_item().table_name(&self.table);
        let put = put.set_item(Some(mark.into_attributes())).condition_expression("attribute_not_exists(pk)");
        let first =
            timed_conditional(put.send(), |rejected| rejected.is_conditional_check_failed_exception().then_some(()));
        Ok(first.await?.is_ok())
    }

    /// Checks that the table responds.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<()> {
        self.dynamo.ping(&self.table).await
    }
}
