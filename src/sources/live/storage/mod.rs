//! Buckets, their policies and managed folders: by gRPC (`google-cloud-storage`) or by the JSON API.

// Stand-in, replaced by the branch `storage`.
use super::Trouble;
use super::client::{Client, Request};
use serde_json::Value;

/// How.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Transport {
    /// gRPC.
    #[default]
    Grpc,
    /// JSON.
    Rest,
}

/// Reads.
#[derive(Debug, Clone)]
pub struct Storage {
    client: Client,
}

fn get(path: String, query: Vec<(&'static str, String)>) -> Request {
    Request {
        service: "storage",
        path,
        query,
        body: None,
        budget: None,
    }
}

impl Storage {
    /// New.
    pub fn stand_in(client: &Client) -> Storage {
        Storage {
            client: client.clone(),
        }
    }

    /// Buckets.
    pub async fn buckets(
        &self,
        project: &str,
        mut each: impl FnMut(Value) + Send,
    ) -> Result<Vec<String>, Trouble> {
        let request = get("/storage/v1/b".into(), vec![("project", project.into())]);
        self.client
            .pages(&request, |mut page| {
                if let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) {
                    items.into_iter().for_each(&mut each);
                }
            })
            .await?;
        Ok(Vec::new())
    }

    /// Policy.
    pub async fn policy(&self, bucket: &str) -> Result<Value, Trouble> {
        self.client
            .call(&get(format!("/storage/v1/b/{bucket}/iam"), vec![]))
            .await
    }

    /// Folders.
    pub async fn managed_folders(
        &self,
        bucket: &str,
        mut each: impl FnMut(Value) + Send,
    ) -> Result<(), Trouble> {
        let request = get(format!("/storage/v1/b/{bucket}/managedFolders"), vec![]);
        self.client
            .pages(&request, |mut page| {
                if let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) {
                    items.into_iter().for_each(&mut each);
                }
            })
            .await
    }

    /// Policy.
    pub async fn managed_folder_policy(
        &self,
        bucket: &str,
        folder: &str,
    ) -> Result<Value, Trouble> {
        let path = format!("/storage/v1/b/{bucket}/managedFolders/{folder}/iam");
        self.client.call(&get(path, vec![])).await
    }
}
