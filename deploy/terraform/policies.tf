# The policies as data; main.tf gives them to AWS.

locals {
  issuer       = trimprefix(var.issuer_url, "https://")
  provider_arn = var.provider_arn != "" ? var.provider_arn : "arn:${local.partition}:iam::${local.account}:oidc-provider/${local.issuer}"
  role_arn     = "arn:${local.partition}:iam::${local.account}:role${var.role_path}${var.role_name}"
  bucket_arn   = "arn:${local.partition}:s3:::${var.bucket_name}"
  everything   = [local.bucket_arn, "${local.bucket_arn}/*"]

  in_account = { StringEquals = { "aws:ResourceAccount" = [var.bucket_account != "" ? var.bucket_account : local.account] } }
  presigned  = { "s3:authType" = ["REST-QUERY-STRING", "POST"] }
  # A listing without a prefix has no such key, which no pattern matches.
  in_prefixes = {
    for operator, keys in { StringLike = { "s3:prefix" = var.list_prefixes } } : operator => keys
    if !contains(var.list_prefixes, "*")
  }

  trust_policy = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.provider_arn }
      Action    = ["sts:AssumeRoleWithWebIdentity"]
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = var.audiences
          "${local.issuer}:sub" = [var.subject]
        }
      }
    }]
  }

  permission_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [for rule in var.objects : {
        Effect    = "Allow"
        Action    = rule.actions
        Resource  = rule.arns
        Condition = local.in_account
      }],
      [for bucket in length(var.list_prefixes) > 0 ? [local.bucket_arn] : [] : {
        Effect    = "Allow"
        Action    = ["s3:ListBucket"]
        Resource  = [bucket]
        Condition = merge(local.in_account, local.in_prefixes)
      }],
    )
  }

  # https://docs.aws.amazon.com/prescriptive-guidance/latest/presigned-url-best-practices/additional-guardrails.html
  bucket_policy = {
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "NoPlainHttp"
          Effect    = "Deny"
          Principal = "*"
          Action    = ["s3:*"]
          Resource  = local.everything
          Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
        },
        {
          Sid       = "NoOldSignatures"
          Effect    = "Deny"
          Principal = "*"
          Action    = ["s3:*"]
          Resource  = local.everything
          # In milliseconds.
          Condition = { NumericGreaterThan = { "s3:signatureAge" = ["${var.max_signature_age_secs}000"] } }
        },
        {
          Sid       = "PresignedByTheRoleAlone"
          Effect    = "Deny"
          Principal = "*"
          Action    = ["s3:*"]
          Resource  = local.everything
          Condition = {
            StringEquals = local.presigned
            ArnNotEquals = { "aws:PrincipalArn" = [local.role_arn] }
          }
        },
      ],
      [for networks in length(var.networks) > 0 ? [var.networks] : [] : {
        Sid       = "PresignedForTheseNetworks"
        Effect    = "Deny"
        Principal = "*"
        Action    = ["s3:*"]
        Resource  = local.everything
        Condition = {
          StringEquals = local.presigned
          NotIpAddress = { "aws:SourceIp" = networks }
        }
      }],
    )
  }
}
