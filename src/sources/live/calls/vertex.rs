//! Vertex AI. Its resources are regional, and each region answers for its own only: `us-central1-aiplatform` and so
//! on. So the regions are listed first, and each kind of resource is listed in each of them. Few kinds have a method
//! that tells their allow policy.

use super::{Brings, Call};

const REGIONAL: &str = "{locationId}-aiplatform";

macro_rules! kinds {
    ($($collection:literal $kind:literal $permission:literal $($policy:literal)?,)*) => {
        &[
            Call::get(
                "aiplatform.locations.list",
                "aiplatform",
                "/v1/projects/{project}/locations",
            )
            .query(&[("pageSize", "100")])
            .items("locations")
            .brings(Brings::Names)
            .needs(&["aiplatform.locations.list"]),
            $(Call::get(
                concat!("aiplatform.", $collection, ".list"),
                REGIONAL,
                concat!("/v1/{name=projects/*/locations/*}/", $collection),
            )
            .query(&[("pageSize", "100")])
            .each("aiplatform.locations.list")
            .items($collection)
            .asset(
                concat!("aiplatform.googleapis.com/", $kind),
                "//aiplatform.googleapis.com/{name}",
            )
            .needs(&[$permission]),
            $(Call::policy(
                $policy,
                REGIONAL,
                concat!("/v1/{name=projects/*/locations/*/", $collection, "/*}:getIamPolicy"),
                concat!("aiplatform.", $collection, ".list"),
            )
            .post("{}")
            .needs(&[$policy]),)?)*
        ]
    };
}

pub(super) const CALLS: &[Call] = kinds! {
    "models" "Model" "aiplatform.models.list",
    "endpoints" "Endpoint" "aiplatform.endpoints.list",
    "datasets" "Dataset" "aiplatform.datasets.list",
    "customJobs" "CustomJob" "aiplatform.customJobs.list",
    "hyperparameterTuningJobs" "HyperparameterTuningJob" "aiplatform.hyperparameterTuningJobs.list",
    "trainingPipelines" "TrainingPipeline" "aiplatform.trainingPipelines.list",
    "batchPredictionJobs" "BatchPredictionJob" "aiplatform.batchPredictionJobs.list",
    "pipelineJobs" "PipelineJob" "aiplatform.pipelineJobs.list",
    "featurestores" "Featurestore" "aiplatform.featurestores.list" "aiplatform.featurestores.getIamPolicy",
    "featureGroups" "FeatureGroup" "aiplatform.featureGroups.list" "aiplatform.featureGroups.getIamPolicy",
    "featureOnlineStores" "FeatureOnlineStore" "aiplatform.featureOnlineStores.list" "aiplatform.featureOnlineStores.getIamPolicy",
    "indexEndpoints" "IndexEndpoint" "aiplatform.indexEndpoints.list",
    "metadataStores" "MetadataStore" "aiplatform.metadataStores.list",
    "tensorboards" "Tensorboard" "aiplatform.tensorboards.list",
    "notebookRuntimes" "NotebookRuntime" "aiplatform.notebookRuntimes.list",
    "notebookRuntimeTemplates" "NotebookRuntimeTemplate" "aiplatform.notebookRuntimeTemplates.list" "aiplatform.notebookRuntimeTemplates.getIamPolicy",
    "reasoningEngines" "ReasoningEngine" "aiplatform.reasoningEngines.list" "aiplatform.reasoningEngines.getIamPolicy",
};
