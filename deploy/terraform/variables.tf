# `npm run --silent check -- --iam --format terraform` prints all of these for a configuration. For example:
#
#   module "edge_presigner" {
#     source = "./deploy/terraform"
#
#     issuer_url  = "https://issuer.example.com"
#     subject     = "edge-presigner"
#     bucket_name = "my-bucket"
#     objects = [{
#       actions = ["s3:GetObject", "s3:PutObject"]
#       arns    = ["arn:aws:s3:::my-bucket/users/*"]
#     }]
#     max_signature_age_secs = 900
#   }

variable "issuer_url" {
  description = "The claim iss of the tokens, to the letter. AWS must reach its discovery document and its keys."
  type        = string

  validation {
    condition     = can(regex("^https://[^:?#[:space:]]+$", var.issuer_url))
    error_message = "issuer_url must begin with https:// and have no port, query or fragment."
  }
}

variable "provider_arn" {
  description = "ARN of the OIDC provider, if the account has one for this issuer. Empty to create it."
  type        = string
  default     = ""
}

variable "audiences" {
  description = "What IAM compares as aud: the claim azp of tokens that have it, else aud. Any of these."
  type        = list(string)
  default     = ["sts.amazonaws.com"]
}

variable "subject" {
  description = "The claim sub of the tokens."
  type        = string

  validation {
    condition     = length(var.subject) > 0
    error_message = "Without a subject, every token of the issuer could assume the role."
  }
}

variable "role_name" {
  description = "Name of the new role."
  type        = string
  default     = "edge-presigner"
}

variable "role_path" {
  description = "Path of the new role."
  type        = string
  default     = "/"
}

variable "max_session_secs" {
  description = "Longest duration of the role's sessions, in seconds. At least AWS_ROLE_DURATION_SECONDS."
  type        = number
  default     = 3600

  validation {
    condition     = var.max_session_secs >= 3600 && var.max_session_secs <= 43200
    error_message = "IAM takes 3600 to 43200 seconds."
  }
}

variable "bucket_name" {
  description = "Name of the bucket."
  type        = string
}

variable "create_bucket" {
  description = "Whether to create the bucket. One that is already there keeps its own policy and CORS rules."
  type        = bool
  default     = true
}

variable "bucket_account" {
  description = "Account of a bucket that is already there. Empty for this account."
  type        = string
  default     = ""
}

variable "abort_uploads_after_days" {
  description = "Days after which S3 aborts multipart uploads that were not completed, in a new bucket."
  type        = number
  default     = 7
}

variable "objects" {
  description = "What presigned URLs may do with which objects."
  type        = list(object({ actions = list(string), arns = list(string) }))
  default     = []
}

variable "list_prefixes" {
  description = "The prefixes that may be listed, such as users/*, or a single * for all keys."
  type        = list(string)
  default     = []
}

variable "max_signature_age_secs" {
  description = "The oldest signature that a new bucket accepts, in seconds: the largest sum of maxLifetimeSecs and windowSecs of a profile."
  type        = number

  validation {
    condition     = var.max_signature_age_secs >= 1 && var.max_signature_age_secs <= 604800
    error_message = "S3 takes 1 to 604800 seconds."
  }
}

variable "networks" {
  description = "IP ranges from which presigned URLs of a new bucket may be used, such as 192.0.2.0/24. Empty for everywhere."
  type        = list(string)
  default     = []
}

variable "cors_origins" {
  description = "Origins whose scripts may use presigned URLs of a new bucket, such as https://app.example.com."
  type        = list(string)
  default     = []
}

variable "cors_methods" {
  description = "Methods that these scripts may use."
  type        = list(string)
  default     = []
}

variable "cors_headers" {
  description = "Headers that these scripts may send."
  type        = list(string)
  default     = []
}

variable "cors_expose_headers" {
  description = "Headers of responses that these scripts may read."
  type        = list(string)
  default     = []
}
