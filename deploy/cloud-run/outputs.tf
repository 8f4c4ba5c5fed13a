output "service_account" {
  description = "Who scans."
  value       = google_service_account.scan.email
}

output "bucket" {
  description = "Where the history, the last snapshot and the last report are."
  value       = google_storage_bucket.state.name
}

output "job" {
  description = "The job, e.g. for `gcloud run jobs execute`."
  value       = google_cloud_run_v2_job.scan.id
}
