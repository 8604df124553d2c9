namespace Rota.Web.Console.Forms;

/// <summary>Headers in a field of several lines, <c>Name: value</c> each.</summary>
internal static class HeaderLines
{
    public static string Write(IReadOnlyDictionary<string, string> headers) =>
        string.Join('\n', headers.Select(header => $"{header.Key}: {header.Value}"));

    /// <exception cref="InvalidFieldException"><c>headers</c>: a line without a name, or a name that is there twice.
    /// </exception>
    public static IReadOnlyDictionary<string, string> Read(string text)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var at = line.IndexOf(':');
            if (at < 1 || !headers.TryAdd(line[..at].TrimEnd(), line[(at + 1)..].TrimStart()))
                throw new InvalidFieldException("headers", "A header is no header, or is there twice.",
                    "Write a line for each: Name: value");
        }
        return headers;
    }
}
