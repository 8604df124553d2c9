namespace Rota.Supervisor.Rpc;

/// <summary>One request, read wholly.</summary>
internal sealed record HttpRequest
{
    public required string Method { get; init; }

    /// <summary>From the first slash to the question mark, percent signs resolved.</summary>
    public required string Path { get; init; }

    /// <summary>After the question mark, as it came.</summary>
    public required string Query { get; init; }

    /// <summary>HTTP/1.0 knows no chunks and closes when done.</summary>
    public required bool IsOld { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public byte[] Body { get; init; } = [];

    public bool WantsClose => Header("Connection") is { } word
        ? word.Equals("close", StringComparison.OrdinalIgnoreCase) || (IsOld && !IsKeepAlive(word))
        : IsOld;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    private static bool IsKeepAlive(string word) => word.Equals("keep-alive", StringComparison.OrdinalIgnoreCase);
}

/// <summary>A request that gets this status and no more; the connection is closed after it.</summary>
internal sealed class HttpException(int status) : Exception($"HTTP {status}")
{
    public int Status { get; } = status;
}
