mod request_log;
mod requests;
