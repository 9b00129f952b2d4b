//! Several servers of one shop on the same stores, as several instances of a function are in AWS,
//! with customers at all of them; and what is held against them when the faults are over.

mod customers;
mod ending;
mod queues;
mod server;
mod sessions;
pub(crate) mod settle;
mod wires;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::users::{Email, Role};
use load::Credentials;
use load::mix::{Bounds, Pace, Plan, Tolerance, Trouble, Weights};
use local::say;
use local::stores::{self, Options, Ports, Stores};
use runtime::Clock;

use crate::wire::Proxy;

pub(crate) use customers::amid;
pub(crate) use ending::judge;
pub(crate) use server::Server;
pub(crate) use sessions::Sessions;
pub(crate) use wires::Wired;

const ADMIN: &str = "admin@faults.example";
/// Products of the shop: few enough that customers meet at the same rows.
const PRODUCTS: u32 = 30;
/// Longer than any run; the harness says when the customers go.
const UNTIL_TOLD: Duration = Duration::from_secs(12 * 3600);
/// What customers leave open is asked for again for so long: longer than a key is locked for a
/// request whose server died, and than recovery takes to come by (every minute, for what has lain
/// still for half of one).
const PATIENCE: Duration = Duration::from_secs(100);
/// Three of five write: what only reads loses nothing.
const WEIGHTS: &str = "browse=4,search=2,product=8,reviews=4,buy_one=14,buy_many=10,decline=5,pay=5,cancel=6,\
                       refund=4,orders=2,order=3,payments=3,notifications=2,review=6,edit_review=3,\
                       delete_review=3,track=14,stock=2,sign_up=1,log_in=1";

/// Stores and servers.
pub(crate) struct Fleet {
    pub(crate) stores: Stores,
    pub(crate) servers: Vec<Server>,
    wires: Vec<(Wired, Proxy)>,
    dir: PathBuf,
    admin: Credentials,
}

/// How a fleet is started.
pub(crate) struct Start<'a> {
    /// Erased first.
    pub(crate) dir: &'a Path,
    pub(crate) servers: usize,
    /// Whether stores keep what they acknowledged when they are killed.
    pub(crate) durable: bool,
    /// Variables of the servers.
    pub(crate) vars: &'a [(&'a str, &'a str)],
    /// Whether proxies stand between the servers and their stores.
    pub(crate) wires: bool,
}

impl Fleet {
    /// Starts stores and servers of its own, and waits until all are up.
    pub(crate) async fn open(start: Start<'_>) -> Result<Self> {
        let dir = start.dir;
        stores::erase(&dir.join("stores"))?;
        if dir.exists() {
            fs::remove_dir_all(dir).with_context(|| format!("cannot erase {}", dir.display()))?;
        }
        fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        say::line("Starting the stores…");
        let options = Options {
            dir: dir.join("stores"),
            // The same again when one is restarted.
            ports: Ports::Remembered,
            durable: start.durable,
            log_statements_over: None,
            ignore_environment: true,
        };
        let stores = stores::start(options).await?;
        queues::make(&stores.endpoints().sqs_url).await?;
        say::line(format!("Starting {} servers of the shop…", start.servers));
        let (wires, through) = if start.wires { wires::before(stores.endpoints()).await? } else { Default::default() };
        let through = through.iter().map(|(name, url)| (*name, url.as_str()));
        let vars: Vec<(&str, &str)> = start.vars.iter().copied().chain(through).collect();
        let mut servers = Vec::new();
        for place in 0..start.servers {
            let mut server = Server::new(dir, place, &vars)?;
            server.start(&stores).await?;
            // The first makes the secrets that the others share.
            server.until_up(&stores).await?;
            servers.push(server);
        }
        let admin = admin(&stores, dir, &servers[0].url()).await?;
        Ok(Self { stores, servers, wires, dir: dir.to_owned(), admin })
    }

    pub(crate) fn wire(&self, store: Wired) -> Option<&Proxy> {
        self.wires.iter().find(|(there, _)| *there == store).map(|(_, proxy)| proxy)
    }

    pub(crate) fn history(&self) -> PathBuf {
        self.dir.join("history")
    }

    /// Customers at all servers, until they are told to go.
    pub(crate) fn customers(&self, seed: u64, users: usize, pace: Pace, tolerated: &[Trouble]) -> Result<Plan> {
        Ok(Plan {
            urls: self.servers.iter().map(Server::url).collect(),
            users,
            pace,
            bounds: Bounds { time: UNTIL_TOLD, requests: u64::MAX },
            patience: PATIENCE,
            timeout: Duration::from_secs(15),
            seed,
            weights: WEIGHTS.parse::<Weights>()?,
            awkward_cards: 0.1,
            tolerance: Tolerance::of(tolerated),
            history: Some(self.history()),
            admin: Some(self.admin.clone()),
            furnish: PRODUCTS,
        })
    }
}

/// Signs somebody up and lets them run the shop.
async fn admin(stores: &Stores, dir: &Path, url: &str) -> Result<Credentials> {
    let password = format!("{:x}", Clock::system().random());
    load::sign_up(url, ADMIN, &password).await?;
    let accounts = local::shop::accounts(stores.endpoints(), &Server::folder(dir, 0).join("shop"), &Clock::system())?;
    let email = Email::try_from(ADMIN.to_owned())?;
    operator::set_role(&accounts, &email, Role::Admin).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    Ok(Credentials::Account { email: ADMIN.to_owned(), password })
}
