// Written by `npm run client:types` from the presigner's OpenAPI document.
export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A request to abort an upload. */
        AbortUpload: {
            /** @description The upload's handle. */
            handle: string;
            /**
             * @description Headers for S3, such as `x-amz-request-payer`.
             * @default {}
             */
            headers?: components["schemas"]["Headers"];
        };
        /** @description The response: `200` even when every item fails. */
        Batch: {
            /** @description The results, in the order of the request. */
            items: components["schemas"]["BatchItem"][];
        };
        /** @description The result of one item. */
        BatchItem: components["schemas"]["Signed"] | {
            /** @description The same document as in an error response of `POST /v1/sign`. */
            problem: components["schemas"]["Problem"];
        };
        /** @description One object of the request. */
        BatchObject: {
            /** @description What the client does next; absent when there is an error, and for an upload that S3 already has. */
            actions?: components["schemas"]["LfsActions"];
            /** @description Always `true`: the client must not look for a credential to send to S3, which has its signature. */
            authenticated: boolean;
            /** @description Why the client cannot have the object, or may not send it. */
            error?: components["schemas"]["ObjectError"];
            /** @description Its SHA-256, as in the request. */
            oid: string;
            /**
             * Format: uint64
             * @description Its size, in bytes, as in the request.
             */
            size: number;
        };
        /** @description A request for many URLs. */
        BatchRequest: {
            /** @description 1 to 100 requests as for `POST /v1/sign`. Each succeeds or fails on its own. */
            items: components["schemas"]["SignRequest"][];
        };
        /** @description What a step is about. */
        Check: "configuration" | "cache-key" | "kv" | "cron" | "token" | "discovery" | "keys" | "sts" | "clock" | "read" | "list" | "write" | "cors" | "iam";
        /** @description One checksum, under the name of its algorithm. */
        Checksum: {
            crc32?: string;
            crc32c?: string;
            crc64nvme?: string;
            md5?: string;
            sha1?: string;
            sha256?: string;
            sha512?: string;
            xxhash128?: string;
            xxhash3?: string;
            xxhash64?: string;
        };
        /** @description A request to assemble the object from its parts. */
        CompleteUpload: {
            /** @description The upload's handle. */
            handle: string;
            /**
             * @description Headers for S3, such as `if-none-match`.
             * @default {}
             */
            headers?: components["schemas"]["Headers"];
            /** @description The parts, in the order of their numbers. */
            parts: components["schemas"]["PartToComplete"][];
        };
        /** @description A request for a receipt. */
        ConfirmUpload: {
            /**
             * @description Headers for S3: `if-match`, `x-amz-expected-bucket-owner`, `x-amz-request-payer`, and those of a customer-provided key.
             * @default {}
             */
            headers?: components["schemas"]["Headers"];
            /** @description The whole key in the bucket. */
            key: components["schemas"]["ObjectKey"];
            /** @description What the receipt is to repeat: an object of at most 1,024 bytes of JSON. */
            payload?: components["schemas"]["Payload"];
            /** @description Name of the profile. */
            profile: string;
            /** @description A version of the object. Default: the current one. */
            versionId?: string;
        };
        /** @description A request to create an upload. */
        CreateUpload: {
            /**
             * Format: uint64
             * @description Lifetime of the handle, in seconds. Default: one day.
             */
            expiresIn?: number;
            /** @description Or the name of the file, of which the profile's `keyTemplate` makes the key. */
            filename?: string;
            /**
             * @description Headers for S3, which set the object's properties.
             * @default {}
             */
            headers?: components["schemas"]["Headers"];
            /** @description The whole key in the bucket. */
            key?: components["schemas"]["ObjectKey"];
            /**
             * Format: uint64
             * @description Size of all parts except the last, in bytes. Default: a size that suits `sizeBytes`.
             */
            partSizeBytes?: number;
            /** @description Name of the profile. */
            profile: string;
            /**
             * Format: uint64
             * @description Size of the whole object, in bytes. With it the length of every part is signed, and the upload completes with
             *     all parts or not at all.
             */
            sizeBytes?: number;
        } & (unknown | unknown);
        /** @description The encoding of keys in a listing. */
        EncodingType: "url";
        FormFields: {
            [key: string]: string;
        };
        /** @description The key of a form: exact, or with `${filename}` at its end. */
        FormKey: string | unknown | unknown;
        /**
         * @description An error as [git-lfs][errors] prints it.
         *
         *     [errors]: https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md#response-errors
         */
        GitLfsError: {
            /** @description What went wrong: title and detail of the problem. */
            message: string;
            /** @description Id of the request in the log. */
            request_id: string;
        };
        Headers: {
            [key: string]: string;
        };
        /** @description The response of `/healthz`. */
        Health: {
            /**
             * @description `ok`.
             * @constant
             */
            status: "ok";
        };
        /** @description A renewal that failed. */
        LastFailure: {
            /**
             * Format: date-time
             * @description When it failed, in RFC 3339.
             */
            at: string;
            /** @description AWS's error code, if AWS refused. */
            awsCode?: string;
            /** @description Name of the cause, if a call to STS failed. */
            cause?: string;
            /** @description What went wrong, and how to fix it. */
            detail: string;
            /** @description Whether a renewal has succeeded since. */
            over: boolean;
            /** @description Type of the problem. */
            type: components["schemas"]["ProblemType"];
        };
        /** @description A request that the client sends to S3. */
        LfsAction: {
            /**
             * Format: uint64
             * @description Seconds from now to the instant at which the URL expires.
             */
            expires_in: number;
            /** @description Headers that the client must send exactly like this. */
            header: components["schemas"]["Headers"];
            /**
             * Format: uri
             * @description The presigned URL.
             */
            href: string;
        };
        /** @description The one action that the operation has. */
        LfsActions: {
            download: components["schemas"]["LfsAction"];
        } | {
            upload: components["schemas"]["LfsAction"];
        };
        /** @description The response: `200` even when there is an error of every object. */
        LfsBatch: {
            /** @description `sha256`. */
            hash_algo: string;
            /** @description The objects, in the order of the request. */
            objects: components["schemas"]["BatchObject"][];
            /** @description `basic`. */
            transfer: string;
        };
        /** @description A batch. Members that are not here are ignored, as clients send more from version to version. */
        LfsBatchRequest: {
            /** @description The algorithm of the hashes that name the objects: `sha256`. Default: that. */
            hash_algo?: string;
            /** @description The objects, at most 100. */
            objects: components["schemas"]["LfsPointer"][];
            /** @description What is to be done with the objects. */
            operation: components["schemas"]["LfsOperation"];
            /** @description The transfers that the client knows, `basic` among them. Default: `basic` alone. */
            transfers?: string[];
        };
        /** @description What is to be done with objects. */
        LfsOperation: "download" | "upload";
        /** @description An object as the pointer in a Git repository describes it. */
        LfsPointer: {
            /** @description Its SHA-256: 64 lowercase hexadecimal digits. Any other text is an error of this object alone. */
            oid: string;
            /**
             * Format: uint64
             * @description Its size, in bytes.
             */
            size: number;
        };
        /** @description The response with a link. */
        LinkCreated: {
            /**
             * Format: date-time
             * @description When the link expires, in RFC 3339.
             */
            expiresAt: string;
            /**
             * Format: uint64
             * @description Seconds from now to that instant.
             */
            expiresIn: number;
            /**
             * Format: uri
             * @description What precedes any route's path: `https://…/c/{capability}`.
             */
            link: string;
            /** @description Name of the profile. */
            profile: string;
            /**
             * Format: uri
             * @description The link to the key, or to the prefix, to which the rest of a key is appended.
             */
            url: string;
        };
        /** @description A request for a link. */
        LinkRequest: {
            /**
             * Format: uint64
             * @description Lifetime of the link, in seconds. Default: 3600.
             */
            expiresIn?: number;
            /** @description The only key that the link is for. */
            key?: components["schemas"]["ObjectKey"];
            /** @description Or the prefix of the keys that it is for, which ends with a slash. */
            keyPrefix?: components["schemas"]["ObjectKey"];
            /**
             * Format: uint64
             * @description Longest lifetime of its URLs, in seconds. Default: the profile's.
             */
            maxLifetimeSecs?: number;
            /** @description The operations that it allows. */
            operations: components["schemas"]["Operation"][];
            /** @description Name of the profile. */
            profile: string;
            /** @description Limits of uploads with it. Default: the profile's. */
            upload?: components["schemas"]["UploadLimit"];
        } & (unknown | unknown);
        /** @description A request for a page of the uploaded parts. */
        ListParts: {
            /** @description The upload's handle. */
            handle: string;
            /**
             * @description Headers for S3, such as `x-amz-request-payer`.
             * @default {}
             */
            headers?: components["schemas"]["Headers"];
            /**
             * Format: uint16
             * @description Most parts to return, 1 to 1,000. Default: 1,000.
             */
            maxParts?: number;
            /** @description Return the parts after this one. */
            partNumberMarker?: components["schemas"]["PartNumber"];
        };
        /** @description A session that is not active yet. */
        Next: {
            /**
             * Format: date-time
             * @description When it takes over, in RFC 3339.
             */
            activeFrom: string;
            /**
             * Format: date-time
             * @description When it expires, in RFC 3339.
             */
            expiresAt: string;
        };
        /** @description An error of one object. */
        ObjectError: {
            /**
             * Format: uint16
             * @description What would be the HTTP status if it were alone.
             */
            code: number;
            /** @description What git-lfs prints. */
            message: string;
        };
        /** @description A key that S3 accepts and that browsers can fetch. Nothing in it is normalised. */
        ObjectKey: string;
        /**
         * @description An [operation of S3][list] by its own name, in camel case.
         *
         *     [list]: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
         */
        Operation: "getObject" | "headObject" | "putObject" | "deleteObject" | "createMultipartUpload" | "uploadPart" | "completeMultipartUpload" | "abortMultipartUpload" | "listParts" | "listObjectsV2";
        /** @description One checksum, under the name of its algorithm. */
        PartChecksum: {
            crc32?: string;
            crc32c?: string;
            crc64nvme?: string;
            md5?: string;
            sha1?: string;
            sha256?: string;
            sha512?: string;
            xxhash128?: string;
            xxhash3?: string;
            xxhash64?: string;
        };
        /** @description An `ETag`, with or without its quotes. */
        PartETag: string;
        /** @description An uploaded part. */
        PartListed: {
            checksum?: components["schemas"]["Checksum"];
            etag: string;
            /** Format: date-time */
            lastModified: string;
            /** Format: uint16 */
            partNumber: number;
            /** Format: uint64 */
            sizeBytes: number;
        };
        /**
         * Format: uint16
         * @description A part number, from 1 to 10,000.
         */
        PartNumber: number;
        /** @description A part that was uploaded. */
        PartToComplete: {
            /** @description Its checksum, such as `{"crc32": "…"}`, if it was uploaded with one. */
            checksum?: components["schemas"]["PartChecksum"];
            /** @description The `ETag` in S3's response to its upload. */
            etag: components["schemas"]["PartETag"];
            /** @description Its number. */
            partNumber: components["schemas"]["PartNumber"];
        };
        /** @description A part that is to be uploaded. */
        PartToSign: {
            /**
             * @description Headers that the client will send, such as `content-length` or a checksum.
             * @default {}
             */
            headers?: components["schemas"]["Headers"];
            /** @description Its number. */
            partNumber: components["schemas"]["PartNumber"];
        };
        /** @description A page of the uploaded parts. */
        PartsListed: {
            /** @description The whole key in the bucket. */
            key: string;
            /**
             * Format: uint16
             * @description `partNumberMarker` for the next page, if there is one.
             */
            nextPartNumberMarker?: number;
            /** @description The parts, in the order of their numbers. */
            parts: components["schemas"]["PartListed"][];
            /** @description Name of the profile. */
            profile: string;
        };
        /** @description The response with URLs of parts. */
        PartsSigned: {
            /**
             * Format: date-time
             * @description When the URLs expire, in RFC 3339.
             */
            expiresAt: string;
            /**
             * Format: uint64
             * @description Seconds from now to that instant.
             */
            expiresIn: number;
            /** @description The whole key in the bucket. */
            key: string;
            /** @description The parts, in the order of the request. */
            parts: components["schemas"]["SignedPart"][];
            /** @description Name of the profile. */
            profile: string;
        };
        /** @description An object of at most 1,024 bytes of JSON, with whole numbers below 2^53. */
        Payload: Record<string, never>;
        /** @description The response with a form. */
        PostForm: {
            /**
             * Format: date-time
             * @description When S3 stops accepting the form, in RFC 3339.
             */
            expiresAt: string;
            /**
             * Format: uint64
             * @description Seconds from now to that instant.
             */
            expiresIn: number;
            /** @description Its fields, which must be sent exactly like this, followed by `file`. */
            fields: {
                [key: string]: string;
            };
            /** @description The whole key in the bucket, or a prefix with `${filename}` after it. */
            key: string;
            /** @description Name of the profile. */
            profile: string;
            /**
             * Format: uri
             * @description The URL to which the form is posted, as `multipart/form-data`.
             */
            url: string;
        };
        /** @description A request for a browser form. */
        PostPolicyRequest: {
            /** @description Media type of the file; or `image/*` for all images, where the form's field `Content-Type` says which. */
            contentType?: string;
            /**
             * Format: uint64
             * @description Lifetime of the form, in seconds. Default: the profile's.
             */
            expiresIn?: number;
            /** @description More fields, with S3's names, which are case-insensitive. */
            fields?: components["schemas"]["FormFields"];
            /** @description Or the name of the file, of which the profile's `keyTemplate` makes the key. */
            filename?: string;
            /** @description The whole key in the bucket, or a prefix with `${filename}` after it, which S3 replaces. */
            key?: components["schemas"]["FormKey"];
            /**
             * Format: uint64
             * @description Largest upload accepted, in bytes. Default: S3's limit, 5 GiB.
             */
            maxBytes?: number;
            /**
             * Format: uint64
             * @description Smallest upload accepted, in bytes. Default: 0.
             */
            minBytes?: number;
            /** @description Name of the profile. */
            profile: string;
        } & (unknown | unknown);
        /** @description A failed request. */
        Problem: {
            /** @description The code that AWS's SDKs show; only from `/v1/credentials/{profile}`. */
            Code?: string;
            /** @description The same as `detail`, for AWS's SDKs; only from `/v1/credentials/{profile}`. */
            Message?: string;
            /** @description AWS's error code, where AWS refused. */
            awsCode?: string;
            /** @description AWS's id of the call that it refused. */
            awsRequestId?: string;
            /** @description Name of the cause, where a call to STS or S3 failed. */
            cause?: string;
            /** @description What went wrong in this request. Where a field or parameter is wrong, it begins with its name. */
            detail: string;
            /** @description The same as `detail`, in responses to Uppy. */
            error?: string;
            /** @description The same as `detail`, in responses to Uppy. */
            message?: string;
            /** @description Id of the request in the log. */
            requestId: string;
            /**
             * Format: uint16
             * @description HTTP status.
             */
            status: number;
            /** @description The same for all problems of this type. */
            title: string;
            /** @description The type of problem. It never changes. */
            type: components["schemas"]["ProblemType"];
        };
        /** @enum {string} */
        ProblemType: "urn:problem-type:edge-presigner:invalid-request" | "urn:problem-type:edge-presigner:ambiguous-proof" | "urn:problem-type:edge-presigner:key-required" | "urn:problem-type:edge-presigner:unknown-caller" | "urn:problem-type:edge-presigner:not-allowed" | "urn:problem-type:edge-presigner:no-links" | "urn:problem-type:edge-presigner:no-receipts" | "urn:problem-type:edge-presigner:subject-required" | "urn:problem-type:edge-presigner:link-expired" | "urn:problem-type:edge-presigner:link-refused" | "urn:problem-type:edge-presigner:token-refused" | "urn:problem-type:edge-presigner:no-such-route" | "urn:problem-type:edge-presigner:no-such-upload" | "urn:problem-type:edge-presigner:no-such-object" | "urn:problem-type:edge-presigner:method-not-allowed" | "urn:problem-type:edge-presigner:conflict" | "urn:problem-type:edge-presigner:handle-expired" | "urn:problem-type:edge-presigner:precondition-failed" | "urn:problem-type:edge-presigner:body-too-large" | "urn:problem-type:edge-presigner:url-too-long" | "urn:problem-type:edge-presigner:upload-refused" | "urn:problem-type:edge-presigner:lifetime-unavailable" | "urn:problem-type:edge-presigner:rate-limited" | "urn:problem-type:edge-presigner:header-too-long" | "urn:problem-type:edge-presigner:misconfigured" | "urn:problem-type:edge-presigner:internal" | "urn:problem-type:edge-presigner:cache-key-required" | "urn:problem-type:edge-presigner:sts-refused" | "urn:problem-type:edge-presigner:sts-garbled" | "urn:problem-type:edge-presigner:s3-refused" | "urn:problem-type:edge-presigner:s3-garbled" | "urn:problem-type:edge-presigner:sts-throttled" | "urn:problem-type:edge-presigner:sts-unavailable" | "urn:problem-type:edge-presigner:sts-unreachable" | "urn:problem-type:edge-presigner:s3-throttled" | "urn:problem-type:edge-presigner:s3-unavailable" | "urn:problem-type:edge-presigner:s3-unreachable" | "urn:problem-type:edge-presigner:token-missing" | "urn:problem-type:edge-presigner:token-unreadable" | "urn:problem-type:edge-presigner:token-malformed" | "urn:problem-type:edge-presigner:token-expired" | "urn:problem-type:edge-presigner:token-not-stored" | "urn:problem-type:edge-presigner:issuer-unreachable";
        /** @description The response of `/readyz`. */
        Readiness: {
            /** @description What is wrong with profiles and callers that are closed for it. */
            errors?: string[];
            /**
             * @description Whether sessions are kept in KV: `sealed`, or `off` without a `CACHE_KEY`.
             * @enum {string}
             */
            kv?: "sealed" | "off";
            /** @description The roles, or static keys, in the order in which profiles name them. */
            roles?: components["schemas"]["RoleReport"][];
            /** @description The worst of all below, which only an admin is told. */
            status: components["schemas"]["Status2"];
            /** @description Where the next token comes from, if a role needs one. */
            token?: components["schemas"]["Token"];
        };
        /** @description The response of `/v1/doctor`. */
        Report: {
            /** @description What the configuration needs in AWS, to be pasted: the policies of roles, and the CORS rules and guardrails of buckets. */
            iam?: {
                [key: string]: unknown;
            };
            /** @description The worst of all steps. */
            status: components["schemas"]["Status"];
            /** @description The steps, in the order of the chain. */
            steps: components["schemas"]["Step"][];
        };
        /** @description Who pays for the request and for what S3 sends. */
        RequestPayer: "requester";
        /** @description Headers that S3 returns in place of the object's own. */
        ResponseHeaders: {
            /** @description `Cache-Control`. */
            cacheControl?: string;
            /** @description `Content-Disposition`. */
            contentDisposition?: string;
            /** @description `Content-Encoding`. */
            contentEncoding?: string;
            /** @description `Content-Language`. */
            contentLanguage?: string;
            /** @description `Content-Type`. */
            contentType?: string;
            /** @description `Expires`, such as `Wed, 21 Oct 2026 07:28:00 GMT`. */
            expires?: string;
        };
        /** @description A role, or static keys. */
        RoleReport: {
            /**
             * Format: date-time
             * @description When that session expires, in RFC 3339.
             */
            expiresAt?: string;
            /** @description The last failed renewal in this isolate. */
            lastFailure?: components["schemas"]["LastFailure"];
            /** @description The session that takes over. */
            next?: components["schemas"]["Next"];
            /** @description Whether it can sign. */
            ready: boolean;
            /** @description Name of the role, without its account; absent for static keys. */
            role?: string;
            /**
             * Format: uint64
             * @description Seconds until then.
             */
            secondsLeft?: number;
            /**
             * @description Where the session was found: `memory`, unless it was fetched for this response from `kv`, from its Durable Object (`object`)
             *     or from `sts`; `static` for static keys.
             * @enum {string}
             */
            source?: "memory" | "kv" | "object" | "sts" | "static";
        };
        /** @description A request for URLs of parts. */
        SignParts: {
            /**
             * Format: uint64
             * @description Lifetime of the URLs, in seconds. Default: the profile's.
             */
            expiresIn?: number;
            /** @description The upload's handle. */
            handle: string;
            /** @description The parts, in any order. */
            parts: components["schemas"]["PartToSign"][];
        };
        /** @description A request for one URL, with S3's own parameters of the operation. */
        SignRequest: {
            /** @description Where listObjectsV2 continues, from its previous response. */
            continuationToken?: string;
            /** @description Character or text by which listObjectsV2 groups keys. */
            delimiter?: string;
            /**
             * @description File name under which browsers save the object: sets response.contentDisposition, for getObject and headObject. It is
             *     shortened to 255 bytes of UTF-8, its extension kept.
             */
            download?: string;
            /** @description `url`: listObjectsV2 returns encoded keys, because XML cannot represent all of them. */
            encodingType?: components["schemas"]["EncodingType"];
            /**
             * Format: uint64
             * @description Lifetime of the URL, in seconds. Default: the profile's.
             */
            expiresIn?: number;
            /** @description Whether listObjectsV2 returns the objects' owners. */
            fetchOwner?: boolean;
            /**
             * @description Name of the file to upload, in place of `key`, for putObject and createMultipartUpload: the profile's
             *     `keyTemplate` makes the key.
             */
            filename?: string;
            /**
             * @description Headers to sign. The URL works only for a client that sends them. Which are allowed depends on the operation;
             *     names are case-insensitive.
             * @default {}
             */
            headers?: components["schemas"]["Headers"];
            /** @description The whole key in the bucket. Required, except for listObjectsV2. */
            key?: components["schemas"]["ObjectKey"];
            /**
             * Format: uint64
             * @description Most keys that listObjectsV2 returns, 1 to 1,000.
             */
            maxKeys?: number;
            /**
             * Format: uint64
             * @description Most parts that listParts returns, 1 to 1,000.
             */
            maxParts?: number;
            /** @description What the URL is for. */
            operation: components["schemas"]["Operation"];
            /**
             * Format: uint64
             * @description Part to upload, 1 to 10,000, which uploadPart requires; or the part to read, for getObject and headObject.
             */
            partNumber?: number;
            /**
             * Format: uint64
             * @description listParts returns the parts after this one.
             */
            partNumberMarker?: number;
            /**
             * @description Prefix of the keys that listObjectsV2 returns. It must begin with the profile's prefix; an empty one is the
             *     root of the bucket. Default: the profile's prefix.
             */
            prefix?: string;
            /** @description Name of the profile. */
            profile: string;
            /**
             * @description `requester`: whoever signs for the URL knows that they pay for the request. Unlike the header
             *     `x-amz-request-payer`, clients do not have to send anything.
             */
            requestPayer?: components["schemas"]["RequestPayer"];
            /** @description Headers that S3 returns in place of the object's own, for getObject and headObject. */
            response?: components["schemas"]["ResponseHeaders"];
            /** @description listObjectsV2 returns the keys after this one. */
            startAfter?: string;
            /** @description Id of the upload, which uploadPart, completeMultipartUpload, abortMultipartUpload and listParts require. */
            uploadId?: string;
            /** @description A version of the object, for getObject, headObject and deleteObject. */
            versionId?: string;
        };
        /** @description The response of `POST /v1/sign`. */
        Signed: {
            /**
             * Format: date-time
             * @description When the URL expires, in RFC 3339.
             */
            expiresAt: string;
            /**
             * Format: uint64
             * @description Seconds from now to that instant.
             */
            expiresIn: number;
            /** @description Headers that the client must send exactly like this. */
            headers: components["schemas"]["Headers"];
            /** @description The whole key in the bucket; absent for listObjectsV2. */
            key?: string;
            /** @description The method that it is signed for. */
            method: string;
            /** @description Name of the profile. */
            profile: string;
            /**
             * Format: uri
             * @description The presigned URL.
             */
            url: string;
        };
        /** @description The URL of a part. */
        SignedPart: {
            /** @description Headers that the client must send exactly like this. */
            headers: components["schemas"]["Headers"];
            /** @description The method that it is signed for. */
            method: string;
            /**
             * Format: uint16
             * @description Its number.
             */
            partNumber: number;
            /**
             * Format: uri
             * @description The presigned URL.
             */
            url: string;
        };
        /** @description How a step ended. */
        Status: "skipped" | "ok" | "warning" | "failure";
        /** @description How urgent something is. */
        Status2: "ok" | "amber" | "red";
        /** @description One step. */
        Step: {
            /** @description Name of the cause. */
            cause?: string;
            /** @description How to fix it. */
            fix?: string;
            /** @description The role or profile. */
            of?: string;
            /** @description What was seen, without any secret. */
            seen: string;
            /** @description How it ended. */
            status: components["schemas"]["Status"];
            /** @description What it is about. */
            step: components["schemas"]["Check"];
        };
        /** @description The token for the next exchange. */
        Token: {
            /**
             * Format: date-time
             * @description The claim `exp` of the bound or pushed token, in RFC 3339.
             */
            expiresAt?: string;
            /** @description Type of the problem with the bound token, or with the pushed one where none is bound. */
            fault?: components["schemas"]["ProblemType"];
            /**
             * Format: uint64
             * @description Full hours until then; `0` when there is no token.
             */
            hoursLeft?: number;
            /**
             * @description Where it comes from: `bound`, `pushed`, or the worker's own `issuer`. Absent when there is none.
             * @enum {string}
             */
            source?: "bound" | "pushed" | "issuer";
            /**
             * @description `amber` when the token expires within a session's duration after the next renewal; `red` when it expires
             *     before that renewal, or cannot be used at all. With an issuer of its own, the worker needs no other token, and
             *     the status is `amber` when one is bound that cannot be used.
             */
            status: components["schemas"]["Status2"];
        };
        /** @description The response with the assembled object. */
        UploadCompleted: {
            /** @description The object's `ETag`. */
            etag: string;
            /** @description The whole key in the bucket. */
            key: string;
            /** @description Name of the profile. */
            profile: string;
            /** @description Its version, in a bucket with versioning. */
            versionId?: string;
        };
        /** @description The response with a receipt. */
        UploadConfirmed: {
            /**
             * Format: date-time
             * @description When the receipt expires, in RFC 3339.
             */
            expiresAt: string;
            /**
             * Format: uint64
             * @description Seconds from now to that instant.
             */
            expiresIn: number;
            /** @description The whole key in the bucket. */
            key: string;
            /** @description Name of the profile. */
            profile: string;
            /** @description The receipt, a signed JWT. */
            receipt: string;
        };
        /** @description An upload that was created. */
        UploadCreated: {
            /**
             * Format: date-time
             * @description When the handle expires, in RFC 3339.
             */
            expiresAt: string;
            /**
             * Format: uint64
             * @description Seconds from now to that instant.
             */
            expiresIn: number;
            /** @description The upload's handle, which all further steps need. */
            handle: string;
            /** @description The whole key in the bucket. */
            key: string;
            /**
             * Format: uint64
             * @description Size of all parts except the last, in bytes, if `sizeBytes` was given.
             */
            partSizeBytes?: number;
            /**
             * Format: uint16
             * @description Number of parts, if `sizeBytes` was given.
             */
            parts?: number;
            /** @description Name of the profile. */
            profile: string;
        };
        /** @description Limits that S3 enforces, because the headers that they are about are signed. */
        UploadLimit: {
            /** @description Media types such as `image/png`, or `image/*` for all images. Default: all. */
            contentTypes?: string[];
            /**
             * Format: uint64
             * @description Size of the largest object, in bytes.
             */
            maxBytes: number;
            /**
             * Format: uint64
             * @description Size of the smallest object, in bytes. Default: 0.
             * @default 0
             */
            minBytes?: number;
            /** @description Whether a checksum of the body must be signed. Default: `false`. */
            requireChecksum?: boolean;
        };
        /** @description S3 has aborted the upload. Uppy reads an object, and expects nothing in it. */
        UppyAborted: Record<string, never>;
        /** @description A request to assemble the object from its parts. */
        UppyComplete: {
            /** @description The parts, in the order of their numbers. */
            parts: components["schemas"]["UppyPart"][];
        };
        /** @description The assembled object. */
        UppyCompleted: {
            /** @description The bucket. */
            bucket: string;
            /** @description The whole key in the bucket. */
            key: string;
            /**
             * Format: uri
             * @description URL of the object, which is not signed.
             */
            location: string;
        };
        /** @description A request to create an upload in parts. */
        UppyCreate: {
            /** @description Name of the file, of which the profile's `keyTemplate` makes the key. */
            filename: string;
            /** @description Metadata. Of those that the profile's `uppyMetadata` names, the values are texts, whole numbers, booleans or null. */
            metadata?: {
                [key: string]: unknown;
            };
            /** @description Media type of the file. */
            type?: string;
        };
        /** @description An upload in parts that was created. */
        UppyCreated: {
            /** @description The bucket. */
            bucket: string;
            /** @description The whole key in the bucket. */
            key: string;
            /** @description The upload's handle, by which Uppy names it. */
            uploadId: string;
        };
        /** @description What Uppy's `getCredentials` returns. */
        UppyCredentials: {
            /** @description The credentials. */
            credentials: components["schemas"]["UppyKeys"];
            /** @description The bucket's region. */
            region: string;
        };
        /** @description Temporary credentials. */
        UppyKeys: {
            /** @description The access key's id. */
            accessKeyId: string;
            /**
             * Format: date-time
             * @description When they expire, in RFC 3339.
             */
            expiration: string;
            /** @description The secret access key. */
            secretAccessKey: string;
            /** @description The session token. */
            sessionToken: string;
        };
        /** @description An uploaded part. */
        UppyListedPart: {
            ETag: string;
            /** Format: uint16 */
            PartNumber: number;
            /** Format: uint64 */
            Size: number;
        };
        /** @description The method of a request that Uppy sends to S3. */
        UppyMethod: "GET" | "PUT" | "POST" | "DELETE";
        /** @description A part that was uploaded. */
        UppyPart: {
            /** @description The `ETag` in S3's response to its upload. */
            ETag: components["schemas"]["PartETag"];
            /** @description Its number. */
            PartNumber: components["schemas"]["PartNumber"];
        };
        /** @description The URL of a part. */
        UppyPartUrl: {
            /**
             * Format: uint64
             * @description Seconds until it expires.
             */
            expires: number;
            /**
             * Format: uri
             * @description The presigned URL.
             */
            url: string;
        };
        /** @description What Uppy's `signRequest` is called with. */
        UppySign: {
            /** @description Media type of the file. */
            contentType?: string;
            /**
             * Format: uint64
             * @description Lifetime of the URL, in seconds. Default: the profile's.
             */
            expiresIn?: number;
            /** @description The key. For a new object only the name of the file counts, of which the profile's `keyTemplate` makes the key. */
            key: components["schemas"]["ObjectKey"];
            /** @description The method of the request to S3. */
            method: components["schemas"]["UppyMethod"];
            /**
             * Format: uint64
             * @description The part to upload, 1 to 10,000.
             */
            partNumber?: number;
            /** @description S3's id of the upload in parts, if the request is about one. */
            uploadId?: string;
        };
        /** @description How Uppy sends a whole file, or another request, to S3. */
        UppyUpload: {
            /**
             * Format: uint64
             * @description Seconds until S3 stops accepting it.
             */
            expires: number;
            /** @description Fields that must be sent exactly like this, of a form. */
            fields?: {
                [key: string]: string;
            };
            /** @description Headers that must be sent exactly like this, of a request that is not a form. */
            headers?: components["schemas"]["Headers"];
            /** @description The whole key in the bucket. */
            key?: string;
            /** @description The method: `POST` for a form. */
            method: string;
            /**
             * Format: uri
             * @description The presigned URL, or that to which the form is posted.
             */
            url: string;
        };
        /**
         * @description Credentials, as [containers get them][container] and as [processes print them][process].
         *
         *     [container]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
         *     [process]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
         */
        VendedCredentials: {
            /** @description The access key's id. */
            AccessKeyId: string;
            /**
             * Format: date-time
             * @description When they expire, in RFC 3339.
             */
            Expiration: string;
            /** @description The secret access key. */
            SecretAccessKey: string;
            /** @description The session token, for processes. */
            SessionToken: string;
            /** @description The session token, for containers. */
            Token: string;
            /**
             * Format: uint8
             * @description The version of what a process prints.
             * @constant
             */
            Version: 1;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
