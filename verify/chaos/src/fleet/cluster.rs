//! The stores and the servers of one run, and an admin of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::users::{Email, Role};
use local::stores::{self, Ports, StoreOptions, Stores};
use local::terminal;
use runtime::Clock;
use workload::Credentials;
use workload::simulation::{Disruption, Pace, RunLimits, Tolerance, Weights, WorkloadPlan};

use super::proxies::{self, ProxiedStore};
use super::queues;
use super::server::Server;
use crate::fault_proxy::FaultProxy;

const ADMIN: &str = "admin@faults.example";
/// Products of the shop: few enough that customers compete for the same rows.
const PRODUCTS: u32 = 30;
/// Longer than any run; the harness stops the customers.
const MAX_RUN: Duration = Duration::from_secs(12 * 3600);
/// How long customers retry their pending requests: longer than a key is locked for a request whose
/// server was killed, and than recovery takes (it runs every minute, and claims what is idle for
/// half of one).
pub(super) const DRAIN_TIMEOUT: Duration = Duration::from_secs(100);
/// Three of five write: what only reads loses nothing.
const WEIGHTS: &str = "browse=4,search=2,product=8,reviews=4,buy_one=14,buy_many=10,decline=5,pay=5,cancel=6,\
                       refund=4,orders=2,order=3,payments=3,notifications=2,review=6,edit_review=3,\
                       delete_review=3,track=14,stock=2,sign_up=1,log_in=1";

pub(crate) struct Fleet {
    pub(crate) stores: Stores,
    pub(crate) servers: Vec<Server>,
    pub(super) proxies: Vec<(ProxiedStore, FaultProxy)>,
    pub(super) dir: PathBuf,
    pub(super) admin: Credentials,
}

/// How a fleet is started.
pub(crate) struct FleetOptions<'a> {
    /// Erased before the servers start.
    pub(crate) dir: &'a Path,
    pub(crate) servers: usize,
    /// Whether killed stores keep what they acknowledged.
    pub(crate) durable: bool,
    /// Variables of the servers.
    pub(crate) env: &'a [(&'a str, &'a str)],
    /// Whether there are proxies between the servers and their stores.
    pub(crate) with_proxies: bool,
}

impl Fleet {
    /// Starts stores and servers of its own, and waits until all are ready.
    pub(crate) async fn open(start: FleetOptions<'_>) -> Result<Self> {
        let dir = start.dir;
        stores::erase(&dir.join("stores"))?;
        if dir.exists() {
            fs::remove_dir_all(dir).with_context(|| format!("cannot erase {}", dir.display()))?;
        }
        fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        terminal::print_line("Starting the stores…");
        let options = StoreOptions {
            dir: dir.join("stores"),
            // The same ports again after a restart.
            ports: Ports::Remembered,
            durable: start.durable,
            ignore_environment: true,
            ..StoreOptions::default()
        };
        let stores = stores::start(options).await?;
        queues::create_queues(&stores.endpoints().sqs_url).await?;
        terminal::print_line(format!("Starting {} servers of the shop…", start.servers));
        let (wires, through) =
            if start.with_proxies { proxies::start_proxies(stores.endpoints()).await? } else { Default::default() };
        let through = through.iter().map(|(name, url)| (*name, url.as_str()));
        let vars: Vec<(&str, &str)> = start.env.iter().copied().chain(through).collect();
        let mut servers = Vec::new();
        for place in 0..start.servers {
            let mut server = Server::new(dir, place, &vars)?;
            server.start(&stores).await?;
            // The first server creates the secrets that the others share.
            server.wait_until_up(&stores).await?;
            servers.push(server);
        }
        let admin = create_admin(&stores, dir, &servers[0].url()).await?;
        Ok(Self { stores, servers, proxies: wires, dir: dir.to_owned(), admin })
    }

    pub(crate) fn proxy(&self, store: ProxiedStore) -> Option<&FaultProxy> {
        self.proxies.iter().find(|(there, _)| *there == store).map(|(_, proxy)| proxy)
    }

    pub(crate) fn history(&self) -> PathBuf {
        self.dir.join("history")
    }

    /// Customers at all servers, until they are stopped.
    pub(crate) fn workload_plan(
        &self,
        seed: u64,
        users: usize,
        pace: Pace,
        tolerated: &[Disruption],
    ) -> Result<WorkloadPlan> {
        Ok(WorkloadPlan {
            urls: self.servers.iter().map(Server::url).collect(),
            users,
            pace,
            limits: RunLimits { time: MAX_RUN, requests: u64::MAX },
            drain_timeout: DRAIN_TIMEOUT,
            request_timeout: Duration::from_secs(15),
            seed,
            weights: WEIGHTS.parse::<Weights>()?,
            faulty_card_share: 0.1,
            tolerance: Tolerance::new(tolerated),
            history: Some(self.history()),
            admin: Some(self.admin.clone()),
            seed_products: PRODUCTS,
        })
    }
}

/// Signs a user up and makes them an admin.
async fn create_admin(stores: &Stores, dir: &Path, url: &str) -> Result<Credentials> {
    let password = format!("{:x}", Clock::system().random());
    workload::sign_up(url, ADMIN, &password).await?;
    let accounts = local::shop::accounts(stores.endpoints(), &Server::data_dir(dir, 0).join("shop"), &Clock::system())?;
    let email = Email::try_from(ADMIN.to_owned())?;
    operator::set_role(&accounts, &email, Role::Admin).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    Ok(Credentials::Account { email: ADMIN.to_owned(), password })
}
