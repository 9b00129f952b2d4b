//! The endpoint groups: the one list of them. A new group is one line here and one in Cargo.toml.

/// Calls a macro with every endpoint group in the order in which they are shown, each as
/// `name: "what it is about",`. The name is that of the crate, its folder and its function, and is one
/// word.
#[macro_export]
macro_rules! for_each_group {
    ($callback:ident) => {
        $callback! {
            users: "Accounts, logins and sessions",
            products: "The product catalog",
            orders: "Buying",
            payments: "Paying again, and refunds",
            inventory: "Stock",
            notifications: "Messages to customers",
            reviews: "Product reviews by customers",
            analytics: "What happens in the shop",
        }
    };
}

macro_rules! groups {
    ($($group:ident: $about:literal,)+) => {
        $(pub use $group;)+

        /// The names of the endpoint groups.
        pub const GROUPS: [&str; [$(stringify!($group)),+].len()] = [$(stringify!($group)),+];

        /// Each group's name, what it is about, and its document.
        pub(crate) fn group_documents() -> [(&'static str, &'static str, utoipa::openapi::OpenApi); GROUPS.len()] {
            [$((stringify!($group), $about, $group::api())),+]
        }
    };
}

for_each_group!(groups);
