"""What functions read and write beside their trigger: blobs, queue messages, Service Bus messages, documents."""
