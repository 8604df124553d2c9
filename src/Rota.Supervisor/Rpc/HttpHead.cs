namespace Rota.Supervisor.Rpc;

/// <summary>Reads the first line and the headers of a request.</summary>
internal static class HttpHead
{
    private const int HeadersMax = 100;

    /// <exception cref="HttpException">400 or 431.</exception>
    public static HttpRequest Parse(string text)
    {
        var lines = text.Split("\r\n");
        if (lines.Length > HeadersMax)
            throw new HttpException(431);
        var words = lines[0].Split(' ');
        if (words.Length != 3 || words[0].Length == 0 || words[2] is not ("HTTP/1.0" or "HTTP/1.1"))
            throw new HttpException(400);

        var headers = Headers(lines);
        if (headers.ContainsKey("Transfer-Encoding"))
            throw new HttpException(411);
        var (path, query) = Target(words[1]);
        return new HttpRequest
        {
            Method = words[0],
            Path = path,
            Query = query,
            IsOld = words[2] == "HTTP/1.0",
            Headers = headers,
        };
    }

    private static Dictionary<string, string> Headers(string[] lines)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':');
            if (colon <= 0 || line.AsSpan(0, colon).IndexOfAny(' ', '\t') >= 0)
                throw new HttpException(400);
            // Two lengths would mean two requests to two readers.
            var (name, value) = (line[..colon], line[(colon + 1)..].Trim(' ', '\t'));
            if (!headers.TryAdd(name, value) && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                throw new HttpException(400);
        }
        return headers;
    }

    private static (string Path, string Query) Target(string target)
    {
        if (Uri.TryCreate(target, UriKind.Absolute, out var absolute) && absolute.Scheme == "http")
            target = absolute.PathAndQuery;
        if (!target.StartsWith('/'))
            throw new HttpException(400);
        target = target.Split('#')[0];
        var mark = target.IndexOf('?');
        var path = mark < 0 ? target : target[..mark];
        return (Uri.UnescapeDataString(path), mark < 0 ? "" : target[(mark + 1)..]);
    }
}
