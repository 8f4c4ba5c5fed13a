//! The services, by hand: messages come from crates, services do not.

use super::bucket::{bucket, folder, policy};
use super::messages::{ListManagedFoldersRequest, ListManagedFoldersResponse};
use super::{Asked, Grpc, Kind};
use googleapis_tonic_google_iam_v1::google::iam::v1::{GetIamPolicyRequest, Policy};
use googleapis_tonic_google_storage_v2::google::rpc;
use googleapis_tonic_google_storage_v2::google::storage::v2::{
    ListBucketsRequest, ListBucketsResponse,
};
use prost::Message;
use std::convert::Infallible;
use std::future::Future;
use std::marker::PhantomData;
use std::net::TcpListener;
use std::pin::Pin;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::server::{NamedService, UnaryService};
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status};
use tonic_prost::ProstCodec;

type Answering<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Serves until the process ends.
pub fn run(listener: TcpListener, server: Grpc) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async move {
        let incoming = TcpIncoming::from(tokio::net::TcpListener::from_std(listener).unwrap());
        let storage = Service::<Storage>(server.clone(), PhantomData);
        let control = Service::<Control>(server, PhantomData);
        let all = Server::builder().add_service(storage).add_service(control);
        let _ = all.serve_with_incoming(incoming).await;
    });
}

/// `google.storage.v2.Storage`.
#[derive(Debug, Clone)]
struct Storage;

/// `google.storage.control.v2.StorageControl`.
#[derive(Debug, Clone)]
struct Control;

#[derive(Debug, Clone)]
struct Service<S>(Grpc, PhantomData<S>);

impl NamedService for Service<Storage> {
    const NAME: &'static str = "google.storage.v2.Storage";
}

impl NamedService for Service<Control> {
    const NAME: &'static str = "google.storage.control.v2.StorageControl";
}

impl<S> tonic::codegen::Service<http::Request<Body>> for Service<S> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answering<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let server = self.0.clone();
        Box::pin(async move {
            Ok(match request.uri().path() {
                "/google.storage.v2.Storage/ListBuckets" => {
                    serve(server, request, list_buckets).await
                }
                "/google.storage.control.v2.StorageControl/GetIamPolicy" => {
                    serve(server, request, get_iam_policy).await
                }
                "/google.storage.control.v2.StorageControl/ListManagedFolders" => {
                    serve(server, request, list_managed_folders).await
                }
                path => Status::unimplemented(format!("{path} is not there")).into_http(),
            })
        })
    }
}

/// Answers one call, unless the answer is to be cut.
async fn serve<Q, A>(
    server: Grpc,
    request: http::Request<Body>,
    answer: fn(&Grpc, Q) -> Result<A, Failed>,
) -> http::Response<Body>
where
    Q: Message + Default + 'static,
    A: Message + Default + 'static,
{
    let header = |name| {
        let value = request.headers().get(name)?;
        Some(value.to_str().unwrap().to_owned())
    };
    let caller = ["authorization", "x-goog-user-project"].map(header);
    server.state().callers.push(caller);
    let (told, cut) = tokio::sync::oneshot::channel();
    let one = One(server, answer, Some(told));
    let mut codec = tonic::server::Grpc::new(ProstCodec::default());
    let response = codec.unary(one, request).await;
    if cut.await.is_err() {
        return response;
    }
    // A frame of 64 bytes of which 3 come, and no status.
    let (mut parts, _) = response.into_parts();
    parts.headers.remove("grpc-status");
    parts.headers.remove("grpc-message");
    http::Response::from_parts(parts, Body::new("\0\0\0\0\x40abc".to_owned()))
}

/// How a call fails.
enum Failed {
    With(Status),
    Slowly(std::time::Duration),
    Halfway,
}

struct One<Q, A>(
    Grpc,
    fn(&Grpc, Q) -> Result<A, Failed>,
    Option<tokio::sync::oneshot::Sender<()>>,
);

impl<Q: Send + 'static, A: Send + 'static> UnaryService<Q> for One<Q, A> {
    type Response = A;
    type Future = Answering<Result<Response<A>, Status>>;

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let answer = (self.1)(&self.0, request.into_inner());
        let told = self.2.take();
        Box::pin(async move {
            match answer {
                Ok(answer) => Ok(Response::new(answer)),
                Err(Failed::With(status)) => Err(status),
                Err(Failed::Slowly(time)) => {
                    tokio::time::sleep(time).await;
                    Err(Status::unavailable("it took too long"))
                }
                Err(Failed::Halfway) => {
                    let _ = told.unwrap().send(());
                    Err(Status::internal("cut"))
                }
            }
        })
    }
}

fn list_buckets(server: &Grpc, request: ListBucketsRequest) -> Result<ListBucketsResponse, Failed> {
    let project = below(&request.parent, "projects/")?;
    let mask = request.read_mask.map(|mask| mask.paths).unwrap_or_default();
    let asked = Asked {
        method: "ListBuckets".to_owned(),
        about: project.clone(),
        token: request.page_token,
        number: request.page_size,
        full: mask == ["*"],
    };
    let full = asked.full;
    let again = meet(server, &asked)?;
    let state = server.state();
    let Some(buckets) = state.estate.buckets.get(&project) else {
        return Err(Failed::With(Status::not_found(format!(
            "The requested project was not found: {project}"
        ))));
    };
    let page = state.estate.page(buckets, &asked).ok_or_else(token)?;
    let unreachable = state.estate.unreachable.get(&project);
    Ok(ListBucketsResponse {
        buckets: page.elements.iter().map(|one| bucket(one, full)).collect(),
        next_page_token: again.unwrap_or(page.next),
        unreachable: unreachable
            .filter(|_| request.return_partial_success)
            .cloned()
            .unwrap_or_default(),
    })
}

fn get_iam_policy(server: &Grpc, request: GetIamPolicyRequest) -> Result<Policy, Failed> {
    let about = below(&request.resource, "projects/_/buckets/")?;
    let options = request.options.unwrap_or_default();
    let asked = Asked {
        method: "GetIamPolicy".to_owned(),
        about,
        token: String::new(),
        number: options.requested_policy_version,
        full: false,
    };
    meet(server, &asked)?;
    match server.state().estate.policy(&asked) {
        Some(found) => Ok(policy(&found)),
        None => Err(Failed::With(Status::not_found(
            "The specified bucket does not exist.",
        ))),
    }
}

fn list_managed_folders(
    server: &Grpc,
    request: ListManagedFoldersRequest,
) -> Result<ListManagedFoldersResponse, Failed> {
    let about = below(&request.parent, "projects/_/buckets/")?;
    let asked = Asked {
        method: "ListManagedFolders".to_owned(),
        about: about.clone(),
        token: request.page_token,
        number: request.page_size,
        full: false,
    };
    let again = meet(server, &asked)?;
    let state = server.state();
    let none = Vec::new();
    let folders = state.estate.folders.get(&about).unwrap_or(&none);
    let page = state.estate.page(folders, &asked).ok_or_else(token)?;
    Ok(ListManagedFoldersResponse {
        managed_folders: page
            .elements
            .iter()
            .map(|one| folder(one, &about))
            .collect(),
        next_page_token: again.unwrap_or(page.next),
    })
}

fn below(name: &str, prefix: &str) -> Result<String, Failed> {
    let below = name.strip_prefix(prefix).map(str::to_owned);
    below.ok_or_else(|| Failed::With(Status::invalid_argument(format!("Bad name: {name}"))))
}

fn token() -> Failed {
    Failed::With(Status::invalid_argument("Invalid page token"))
}

/// Takes the request down, and lets it meet its fault; gives the token that every page is followed by, if so.
fn meet(server: &Grpc, asked: &Asked) -> Result<Option<String>, Failed> {
    let mut state = server.state();
    state.asked.push(asked.clone());
    let Some(kind) = state.estate.fault(asked) else {
        return Ok(None);
    };
    let about = &asked.about;
    Err(match kind {
        Kind::TokenAgain => return Ok(Some("at-0".to_owned())),
        Kind::TokenRefused => token(),
        Kind::Slow(time) => Failed::Slowly(time),
        Kind::Cut => Failed::Halfway,
        Kind::Denied(permission) | Kind::DeniedInFull(permission) => Failed::With(detailed(
            Code::PermissionDenied,
            "The caller does not have permission",
            "IAM_PERMISSION_DENIED",
            &[("permission", permission), ("resource", about)],
        )),
        Kind::DeniedInWords(permission) => Failed::With(Status::permission_denied(format!(
            "scanner@acme.example does not have {permission} access to {about}.\nPermission '{permission}' denied on resource (or it may not exist)."
        ))),
        Kind::Disabled => Failed::With(detailed(
            Code::PermissionDenied,
            "Cloud Storage JSON API has not been used in project 417000000021 before or it is disabled.",
            "SERVICE_DISABLED",
            &[
                ("service", "storage.googleapis.com"),
                ("consumer", "projects/417000000021"),
            ],
        )),
        Kind::Exhausted => Failed::With(detailed(
            Code::ResourceExhausted,
            "Quota exceeded",
            "RATE_LIMIT_EXCEEDED",
            &[("quota_limit", "ReadsPerMinutePerProject")],
        )),
        Kind::Unavailable => Failed::With(Status::unavailable("Backend is down")),
        Kind::Unimplemented => Failed::With(Status::unimplemented("No such method")),
        Kind::Unauthenticated => Failed::With(Status::unauthenticated("Invalid credentials")),
    })
}

/// A status with `google.rpc.ErrorInfo` in its details.
fn detailed(code: Code, message: &str, reason: &str, metadata: &[(&str, &str)]) -> Status {
    let info = rpc::ErrorInfo {
        reason: reason.to_owned(),
        domain: "googleapis.com".to_owned(),
        metadata: metadata
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    };
    let mut status = rpc::Status {
        code: code as i32,
        message: message.to_owned(),
        details: vec![Default::default()],
    };
    status.details[0].type_url = "type.googleapis.com/google.rpc.ErrorInfo".to_owned();
    status.details[0].value = info.encode_to_vec();
    Status::with_details(code, message, status.encode_to_vec().into())
}
