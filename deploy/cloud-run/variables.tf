variable "project" {
  description = "The project in which the job runs."
  type        = string
}

variable "region" {
  description = "Where it runs, and where the bucket is."
  type        = string
}

variable "organization" {
  description = "The organisation's number. It owns the role, and is scanned unless folders or projects are named."
  type        = string

  validation {
    condition     = can(regex("^[0-9]+$", var.organization))
    error_message = "Give the number alone, as `gcloud organizations list` shows it."
  }
}

variable "folders" {
  description = "Numbers of folders: only they are scanned, and the role is granted there."
  type        = set(string)
  default     = []
}

variable "projects" {
  description = "Ids of projects: only they are scanned, and the role is granted there."
  type        = set(string)
  default     = []
}

variable "image" {
  description = "The image of deploy/cloud-run/Containerfile, by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest: a tag may be moved."
  }
}

variable "schedule" {
  description = "When it runs, as cron has it."
  type        = string
  default     = "17 3 * * *"
}

variable "time_zone" {
  description = "The time zone of the schedule."
  type        = string
  default     = "Etc/UTC"
}

variable "slack_secret" {
  description = "The secret in Secret Manager that holds the address of an incoming webhook of Slack; empty for none."
  type        = string
  default     = ""
}

variable "webhook_secret" {
  description = "The secret in Secret Manager that holds the address of a webhook; empty for none."
  type        = string
  default     = ""
}

variable "scc_source" {
  description = "A source in Security Command Center, e.g. organizations/1/sources/2; empty for none."
  type        = string
  default     = ""
}

variable "timeout" {
  description = "The longest that a scan may take."
  type        = string
  default     = "21600s"
}
