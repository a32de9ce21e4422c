//! Starting and stopping.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::{fmt, io};

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::control::Control;
use crate::keys::{KeyRequest, NewKey, Surface};
use crate::server::{Door, serve_control, serve_vendor};
use crate::site::Site;
use crate::state::State;
use crate::tls::Tls;
use crate::vendor::{ORO_FOLDER, Vendor};

/// How to start. `Options::default()` is right for most tests.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The control port; a free one when 0. The vendors' ports are always free ones.
    pub control_port: u16,
    /// Offers HTTP/2 over https.
    pub http2: bool,
    /// Lets the vendors' HTTP/1.1 connections serve more than one request.
    ///
    /// Browsers and Deno send a request once more by themselves if it failed on a connection that had served another; without
    /// it, each request arrives as often as it is made.
    pub keep_alive: bool,
    /// Where to write the CA's certificate; a new folder under the temporary folder when absent.
    pub ca_file: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { control_port: 0, http2: true, keep_alive: true, ca_file: None }
    }
}

/// Why the sandbox could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A port, a thread or the CA file could not be had.
    Io(io::Error),
    /// A key or certificate could not be made.
    Crypto(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(e) => write!(f, "the sandbox cannot start: {e}"),
            Self::Crypto(e) => write!(f, "the sandbox cannot make its keys: {e}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<io::Error> for StartError {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// Where a vendor is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Urls {
    /// Such as `http://127.0.0.1:40001`, without a slash at the end.
    pub http: String,
    /// Such as `https://localhost:40002`.
    pub https: String,
}

/// The keys that exist from the start and come back with every reset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InitialKeys {
    /// A key of Piwik PRO.
    pub piwik_pro: NewKey,
    /// A key of Didomi.
    pub didomi: NewKey,
    /// An Oro client for the back-office.
    pub oro_back_office: NewKey,
    /// An Oro client for the storefront.
    pub oro_storefront: NewKey,
    /// A client of the plain OAuth 2 server.
    pub oauth2: NewKey,
}

impl InitialKeys {
    fn make() -> Self {
        let key = |name: &str, surface| NewKey {
            id: format!("sandbox-client-{:016x}", fastrand::u64(..)),
            secret: format!("sandbox-secret-{:032x}", fastrand::u128(..)),
            name: name.to_owned(),
            surface,
        };
        Self {
            piwik_pro: key("Sandbox", None),
            didomi: key("Sandbox", None),
            oro_back_office: key("Sandbox back-office", Some(Surface::BackOffice)),
            oro_storefront: key("Sandbox storefront", Some(Surface::Storefront)),
            oauth2: key("Sandbox", None),
        }
    }

    pub(crate) fn put_into(&self, sites: &mut BTreeMap<Vendor, Site>) {
        let all = [
            (Vendor::PiwikPro, &self.piwik_pro),
            (Vendor::Didomi, &self.didomi),
            (Vendor::Oro, &self.oro_back_office),
            (Vendor::Oro, &self.oro_storefront),
            (Vendor::Oauth2, &self.oauth2),
        ];
        for (vendor, key) in all {
            let request = KeyRequest { surface: key.surface, ..KeyRequest::named(&key.name).values(&key.id, &key.secret) };
            if let Some(site) = sites.get_mut(&vendor) {
                // Fails only for an id that exists already, and these are random.
                let _ = site.keys.create(vendor, request);
            }
        }
    }
}

/// What the binary prints when it is ready, and `GET /control` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Announcement {
    /// The base of the control API, such as `http://127.0.0.1:40000/control`.
    pub control: String,
    /// The file with the test CA's certificate.
    pub ca_pem_file: PathBuf,
    /// Piwik PRO.
    pub piwik_pro: Urls,
    /// Didomi.
    pub didomi: Urls,
    /// OroCommerce or OroPlatform.
    pub oro: Urls,
    /// The same Oro application below a folder.
    pub oro_below_folder: Urls,
    /// The plain OAuth 2 server and its broker.
    pub oauth2: Urls,
    /// Another origin.
    pub elsewhere: Urls,
    /// The initial keys, secrets included.
    pub keys: InitialKeys,
}

impl Announcement {
    /// The URLs of a vendor.
    pub fn urls(&self, vendor: Vendor) -> &Urls {
        match vendor {
            Vendor::PiwikPro => &self.piwik_pro,
            Vendor::Didomi => &self.didomi,
            Vendor::Oro => &self.oro,
            Vendor::Oauth2 => &self.oauth2,
            Vendor::Elsewhere => &self.elsewhere,
        }
    }
}

/// A running sandbox. It has a thread and a runtime of its own, so that it works beside any executor (or none) and
/// with tokio's time paused. Dropping it closes all connections and removes the CA file.
pub struct Sandbox {
    /// The test CA's certificate, as PEM.
    pub ca_pem: String,
    announcement: Announcement,
    control: Control,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    remove: Option<PathBuf>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("announcement", &self.announcement).finish_non_exhaustive()
    }
}

impl std::ops::Deref for Sandbox {
    type Target = Announcement;

    fn deref(&self) -> &Announcement {
        &self.announcement
    }
}

impl Sandbox {
    /// Starts a sandbox. Works under any executor.
    ///
    /// # Errors
    /// [`StartError`] if no port, thread, key or CA file can be had.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let (ready, started) = oneshot::channel();
        let starting = Starting::spawn(options, ready)?;
        starting.finish(started.await.unwrap_or_else(|_| Err(gone())))
    }

    /// Starts a sandbox and blocks until it is ready.
    ///
    /// # Errors
    /// [`StartError`] if no port, thread, key or CA file can be had.
    ///
    /// # Panics
    /// When called from asynchronous code.
    pub fn start_blocking(options: Options) -> Result<Self, StartError> {
        let (ready, started) = oneshot::channel();
        let starting = Starting::spawn(options, ready)?;
        starting.finish(started.blocking_recv().unwrap_or_else(|_| Err(gone())))
    }

    /// The control of faults, clock, keys and log.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// All URLs and the initial keys.
    pub fn announcement(&self) -> &Announcement {
        &self.announcement
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread ends with its runtime; if it panicked there is nobody to tell.
            let _ = thread.join();
        }
        if let Some(folder) = self.remove.take() {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

fn gone() -> StartError {
    StartError::Io(io::Error::other("its thread ended"))
}

struct Ready {
    ca_pem: String,
    announcement: Announcement,
    control: Control,
    remove: Option<PathBuf>,
}

struct Starting {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Starting {
    fn spawn(options: Options, ready: oneshot::Sender<Result<Ready, StartError>>) -> Result<Self, StartError> {
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("sandbox".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let started = open(options).await;
                let failed = started.is_err();
                // Nobody receives it if the caller has given up; then `stop` is dropped as well.
                let _ = ready.send(started);
                if !failed {
                    let _ = stopped.await;
                }
            });
            runtime.shutdown_background();
        })?;
        Ok(Self { stop, thread })
    }

    fn finish(self, started: Result<Ready, StartError>) -> Result<Sandbox, StartError> {
        let Ready { ca_pem, announcement, control, remove } = started?;
        Ok(Sandbox { ca_pem, announcement, control, stop: Some(self.stop), thread: Some(self.thread), remove })
    }
}

/// Opens all ports, writes the CA file, and serves until the runtime ends.
async fn open(options: Options) -> Result<Ready, StartError> {
    let state = Arc::new(State::new()?);
    let tls = Tls::new(options.http2)?;

    let mut urls = BTreeMap::new();
    for vendor in Vendor::ALL {
        let (http, http_port) = listen(0).await?;
        let (https, https_port) = listen(0).await?;
        let origins = Urls { http: format!("http://127.0.0.1:{http_port}"), https: format!("https://localhost:{https_port}") };
        let door = Arc::new(Door::new(vendor, Arc::clone(&state), origins.https.clone(), options.keep_alive));
        tokio::spawn(serve_vendor(http, None, Arc::clone(&door)));
        tokio::spawn(serve_vendor(https, Some(tls.acceptor.clone()), door));
        urls.insert(vendor, origins);
    }
    let mut of = |vendor| urls.remove(&vendor).unwrap_or_else(|| Urls { http: String::new(), https: String::new() });
    let oro = of(Vendor::Oro);
    let (control_listener, control_port) = listen(options.control_port).await?;

    let (ca_pem_file, remove) = write_ca(options.ca_file, &tls.ca_pem)?;
    let announcement = Announcement {
        control: format!("http://127.0.0.1:{control_port}/control"),
        ca_pem_file,
        piwik_pro: of(Vendor::PiwikPro),
        didomi: of(Vendor::Didomi),
        oro_below_folder: Urls { http: format!("{}{ORO_FOLDER}", oro.http), https: format!("{}{ORO_FOLDER}", oro.https) },
        oro,
        oauth2: of(Vendor::Oauth2),
        elsewhere: of(Vendor::Elsewhere),
        keys: InitialKeys::make(),
    };
    state.reset_sites(&announcement.keys);
    let control = Control::new(state, announcement.clone(), tokio::runtime::Handle::current());
    tokio::spawn(serve_control(control_listener, control.clone()));
    Ok(Ready { ca_pem: tls.ca_pem, announcement, control, remove })
}

/// Listens on loopback only.
async fn listen(port: u16) -> Result<(TcpListener, u16), StartError> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

fn write_ca(wish: Option<PathBuf>, pem: &str) -> Result<(PathBuf, Option<PathBuf>), StartError> {
    if let Some(file) = wish {
        std::fs::write(&file, pem)?;
        return Ok((file, None));
    }
    let folder = std::env::temp_dir().join(format!("evertoken-sandbox-{}-{:08x}", std::process::id(), fastrand::u32(..)));
    std::fs::create_dir(&folder)?;
    let file = folder.join("ca.pem");
    std::fs::write(&file, pem)?;
    Ok((file, Some(folder)))
}
