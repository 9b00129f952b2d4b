//! TLS 1.3 in front of the local stores, as functions use it in AWS, with certificates of this run.
//!
//! The stores themselves have no TLS. Its cost on the server side is this process's, not the function's.

mod proxies;
mod proxy;
mod secrets_manager;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{ServerConfig, version};

use proxy::{Negotiation, TlsProxy};
use secrets_manager::SecretsManagerStub;

pub(crate) use proxies::TlsProxies;

pub(crate) const CERTIFICATE_HOST: &str = "localhost";
/// The trusted authorities of the system. The function loads these, too: that is part of a cold start.
const SYSTEM_CA_BUNDLES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// An authority for one run, and a server certificate that it has signed.
pub(crate) struct CertificateAuthority {
    /// This authority's certificate.
    pub(crate) ca_file: PathBuf,
    /// The system's authorities and this one.
    pub(crate) ca_bundle_file: PathBuf,
    server_config: Arc<ServerConfig>,
    config_without_tickets: Arc<ServerConfig>,
}

impl CertificateAuthority {
    /// Writes its files to `folder`.
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name.push(DnType::CommonName, "lambda-harness");
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        let issuer = Issuer::new(params, key);
        let server_key = KeyPair::generate()?;
        let server = CertificateParams::new(vec![CERTIFICATE_HOST.to_owned()])?.signed_by(&server_key, &issuer)?;

        std::fs::create_dir_all(folder)?;
        let (own, bundle) = (folder.join("authority.pem"), folder.join("authorities.pem"));
        std::fs::write(&own, certificate.pem())?;
        let system = SYSTEM_CA_BUNDLES.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        std::fs::write(&bundle, format!("{system}\n{}", certificate.pem()))?;
        let configuration = |tickets| -> anyhow::Result<Arc<ServerConfig>> {
            let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
            let provider = Arc::new(aws_lc_rs::default_provider());
            let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&version::TLS13])?;
            let mut made = builder.with_no_client_auth().with_single_cert(vec![server.der().clone()], key)?;
            made.send_tls13_tickets = tickets;
            Ok(Arc::new(made))
        };
        let (server, silent_server) = (configuration(2)?, configuration(0)?);
        Ok(Self { ca_file: own, ca_bundle_file: bundle, server_config: server, config_without_tickets: silent_server })
    }

    /// Postgres sends no session tickets after a handshake, so only the kernel's delayed
    /// acknowledgement answers a client's last messages.
    fn acceptor(&self, negotiation: Negotiation) -> TlsAcceptor {
        TlsAcceptor::from(match negotiation {
            Negotiation::Postgres => self.config_without_tickets.clone(),
            Negotiation::Direct => self.server_config.clone(),
        })
    }
}

/// `127.0.0.1:5432` of a URL.
pub(crate) fn host_and_port(url: &str) -> anyhow::Result<String> {
    let (_, rest) = url.split_once("://").context("a store's URL has no scheme")?;
    let address = rest.split(['/', '?']).next().unwrap_or_default();
    Ok(address.rsplit('@').next().unwrap_or_default().to_owned())
}
