namespace Rota.Supervisor.Client;

/// <summary>Something that supervisorctl prints as `error: class, text`, in the words of Python.</summary>
internal sealed class ClientError(string kind, string text) : Exception($"<class '{kind}'>, {text}")
{
    public string Kind { get; } = kind;

    public string Text { get; } = text;

    public static ClientError Of(Rpc.XmlRpcFault fault) =>
        new("xmlrpc.client.Fault", $"<Fault {fault.Code}: {Config.PythonText.Repr(fault.Message)}>");
}

/// <summary>Nobody listens there.</summary>
internal sealed class RefusedException() : Exception("[Errno 111] Connection refused");

/// <summary>There is no such socket.</summary>
internal sealed class NoSocketException() : Exception("[Errno 2] No such file or directory");

/// <summary>The server answered, but not with 200.</summary>
internal sealed class StatusException(int status, string reason)
    : Exception($"<ProtocolError for 127.0.0.1/RPC2: {status} {reason}>")
{
    public int Status { get; } = status;
}
