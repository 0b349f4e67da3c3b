//! `/uppy/{profile}/s3/multipart…`: uploads in parts.

use std::time::Duration;

use http::Response;

use super::super::context::Context;
use super::super::multipart::{
    DEFAULT_LIFETIME_SECS, PartNumber, PartToSign, Upload, check_allowed, check_headers,
    check_order,
};
use super::request::NewFile;
use super::{
    UppyAborted, UppyComplete, UppyCompleted, UppyCreated, UppyListedPart, UppyPartUrl, UppyRoute,
    UppyStep, insert,
};
use crate::api::response::json;
use crate::api::{Error, body};
use crate::platform::Platform;
use crate::presign::{Headers, Operation, whole_number};
use crate::profiles::UppyRule;
use crate::s3::request::UploadedPart;

impl<'c, P: Platform> Context<'_, 'c, P> {
    pub(super) async fn multipart_of_uppy(
        &self,
        route: UppyRoute<'_>,
        rule: &UppyRule,
    ) -> Result<Response<String>, Error> {
        self.check_subject()?;
        let (UppyStep::List(id)
        | UppyStep::Part(id, _)
        | UppyStep::Complete(id)
        | UppyStep::Abort(id)) = route.step
        else {
            return self.create_for_uppy(route.profile, rule).await;
        };
        let operation = route.operation();
        let operation = operation.ok_or(Error::Internal("operation"))?;
        let upload = self.upload_of_uppy(route.profile, id, operation).await?;
        match route.step {
            UppyStep::Part(_, number) => self.part_for_uppy(&upload, number).await,
            UppyStep::Complete(_) => self.complete_for_uppy(&upload).await,
            UppyStep::Abort(_) => {
                self.drop_upload(&upload, &Headers::NONE).await?;
                json(&UppyAborted {})
            }
            _ => {
                let parts = self.all_parts(&upload).await?.into_iter();
                json(&parts.map(UppyListedPart::from).collect::<Vec<_>>())
            }
        }
    }

    async fn create_for_uppy(
        &self,
        profile: &str,
        rule: &UppyRule,
    ) -> Result<Response<String>, Error> {
        let operation = Operation::CreateMultipartUpload;
        let file = NewFile::of_create(body::read(&self.body)?, |name| rule.keeps(name))?;
        let mut headers = Headers::NONE;
        rule.add_metadata(file.metadata, &mut headers)?;
        if let Some(media_type) = file.media_type {
            insert(&mut headers, "content-type", media_type)?;
        }
        check_headers(operation, &headers)?;
        let (permission, key) = self.authorize_new(profile, operation, &file.filename)?;
        check_allowed(&permission, operation, &headers, self.platform.now())?;
        let lifetime = Duration::from_secs(DEFAULT_LIFETIME_SECS);
        let begun = self.begin_upload(&permission, &key, None, lifetime, &headers);
        let (upload_id, _) = begun.await?;
        json(&UppyCreated {
            key: key.as_str(),
            upload_id,
            bucket: &permission.profile.bucket,
        })
    }

    /// The upload with the handle `id`, whose key the query repeats.
    async fn upload_of_uppy(
        &self,
        profile: &str,
        id: &str,
        operation: Operation,
    ) -> Result<Upload<'c>, Error> {
        let upload = self.upload(id, operation).await?;
        // The lengths of the parts of one with a plan are signed, but Uppy does not say how long they are.
        if upload.handle.profile != profile || upload.handle.plan.is_some() {
            return Err(Error::field(
                "uploadId",
                "is not of an upload that Uppy began",
            ));
        }
        let query = self.request.uri().query().unwrap_or_default();
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        match parameters.find(|(name, _)| name == "key") {
            Some((_, key)) if key == upload.handle.key.as_str() => Ok(upload),
            Some(_) => Err(Error::field("key", "is not that of the upload")),
            None => Err(Error::field("key", "is missing")),
        }
    }

    async fn part_for_uppy(
        &self,
        upload: &Upload<'_>,
        number: &str,
    ) -> Result<Response<String>, Error> {
        let number = whole_number(number).and_then(|number| u16::try_from(number).ok());
        let number = PartNumber::try_from(number.unwrap_or_default());
        let part = PartToSign {
            part_number: number.map_err(|reason| Error::field("partNumber", reason))?,
            headers: Headers::NONE,
        };
        let lifetime = upload.permission.lifetime(None, "expires")?;
        let (session, parts) = self.presign_parts(upload, vec![part], lifetime).await?;
        let part = parts.first().ok_or(Error::Internal("part"))?;
        json(&UppyPartUrl {
            url: &part.url,
            expires: session.expires_in().as_secs(),
        })
    }

    async fn complete_for_uppy(&self, upload: &Upload<'_>) -> Result<Response<String>, Error> {
        let complete: UppyComplete = body::read(&self.body)?;
        let parts: Vec<UploadedPart> = complete.parts.into_iter().map(Into::into).collect();
        check_order(&parts)?;
        self.finish_upload(upload, &parts, Headers::NONE).await?;
        json(&UppyCompleted {
            location: upload.object().for_clients(),
            key: &upload.handle.key,
            bucket: &upload.permission.profile.bucket,
        })
    }
}
