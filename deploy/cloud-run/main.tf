# A nightly scan: a Cloud Run job that Cloud Scheduler starts, with the least role that the scan needs.
#
# Every grant here adds a member; nothing takes away what others have granted.

locals {
  narrowed = length(var.folders) + length(var.projects) > 0

  scope = local.narrowed ? concat(
    flatten([for folder in var.folders : ["--folder", folder]]),
    flatten([for project in var.projects : ["--project", project]]),
  ) : ["--organization", var.organization]

  secrets = merge(
    var.slack_secret == "" ? {} : { LEASTWISE_SLACK = var.slack_secret },
    var.webhook_secret == "" ? {} : { LEASTWISE_WEBHOOK = var.webhook_secret },
  )
}

# Who scans.
resource "google_service_account" "scan" {
  project      = var.project
  account_id   = "leastwise-scan"
  display_name = "Scans policy with leastwise"
}

resource "google_organization_iam_custom_role" "scan" {
  org_id      = var.organization
  role_id     = "leastwise_scan"
  title       = "leastwise scan"
  description = "What a scan reads, and nothing else: leastwise permissions --scope organization"
  permissions = local.permissions
}

resource "google_organization_iam_member" "scan" {
  count  = local.narrowed ? 0 : 1
  org_id = var.organization
  role   = google_organization_iam_custom_role.scan.name
  member = google_service_account.scan.member
}

resource "google_folder_iam_member" "scan" {
  for_each = var.folders
  folder   = "folders/${each.value}"
  role     = google_organization_iam_custom_role.scan.name
  member   = google_service_account.scan.member
}

resource "google_project_iam_member" "scan" {
  for_each = var.projects
  project  = each.value
  role     = google_organization_iam_custom_role.scan.name
  member   = google_service_account.scan.member
}

# The only thing that it writes besides its own state, and only if it is asked to.
resource "google_organization_iam_custom_role" "findings" {
  count       = var.scc_source == "" ? 0 : 1
  org_id      = var.organization
  role_id     = "leastwise_findings"
  title       = "leastwise findings"
  description = "Keep the findings of a source in Security Command Center"
  permissions = ["securitycenter.findings.list", "securitycenter.findings.update"]
}

resource "google_organization_iam_member" "findings" {
  count  = var.scc_source == "" ? 0 : 1
  org_id = var.organization
  role   = google_organization_iam_custom_role.findings[0].name
  member = google_service_account.scan.member
}

# What it remembers. Whoever reads this bucket knows every weakness of the organisation.
resource "google_storage_bucket" "state" {
  project                     = var.project
  name                        = "${var.project}-leastwise"
  location                    = var.region
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 90
    }
    action {
      type = "Delete"
    }
  }
}

resource "google_project_iam_custom_role" "state" {
  project     = var.project
  role_id     = "leastwise_state"
  title       = "leastwise state"
  description = "Read and replace the objects in which leastwise remembers"
  # To replace an object is to delete it.
  permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get"]
}

resource "google_storage_bucket_iam_member" "state" {
  bucket = google_storage_bucket.state.name
  role   = google_project_iam_custom_role.state.name
  member = google_service_account.scan.member
}

resource "google_secret_manager_secret_iam_member" "delivery" {
  for_each  = local.secrets
  project   = var.project
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.scan.member
}

resource "google_cloud_run_v2_job" "scan" {
  project  = var.project
  name     = "leastwise-scan"
  location = var.region

  template {
    task_count = 1

    template {
      service_account = google_service_account.scan.email
      timeout         = var.timeout
      # A scan that found something is not to be run again, nor one that another attempt would tell twice.
      max_retries = 0

      containers {
        image = var.image
        args = concat(
          [
            "scan", "--history", "history.db", "--save", "out/snapshot.ndjson", "--format", "json=out/report.json",
            "--format", "bigquery=out/rows.ndjson", "--exit-zero", "--no-progress",
          ],
          local.scope,
          var.scc_source == "" ? [] : ["--scc-source", var.scc_source],
        )

        resources {
          limits = {
            cpu    = "2"
            memory = "4Gi"
          }
        }

        env {
          name  = "STATE_BUCKET"
          value = google_storage_bucket.state.name
        }

        dynamic "env" {
          for_each = local.secrets
          content {
            name = env.key
            value_source {
              secret_key_ref {
                secret  = env.value
                version = "latest"
              }
            }
          }
        }
      }
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.delivery]
}

# Who starts it.
resource "google_service_account" "start" {
  project      = var.project
  account_id   = "leastwise-start"
  display_name = "Starts the scans of leastwise"
}

resource "google_cloud_run_v2_job_iam_member" "start" {
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.scan.name
  role     = "roles/run.invoker"
  member   = google_service_account.start.member
}

resource "google_cloud_scheduler_job" "scan" {
  project   = var.project
  region    = var.region
  name      = "leastwise-scan"
  schedule  = var.schedule
  time_zone = var.time_zone

  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/${google_cloud_run_v2_job.scan.id}:run"

    # An API of Google takes access tokens, not identity tokens.
    oauth_token {
      service_account_email = google_service_account.start.email
      scope                 = "https://www.googleapis.com/auth/cloud-platform"
    }
  }
}
