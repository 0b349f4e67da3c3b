output "role_arn" {
  description = "The worker's AWS_ROLE_ARN."
  value       = aws_iam_role.this.arn
}

output "provider_arn" {
  description = "The OIDC provider."
  value       = local.provider_arn
}

output "bucket_name" {
  description = "The bucket of the profiles."
  value       = var.bucket_name
}
