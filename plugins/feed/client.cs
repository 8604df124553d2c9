using System.Net;
using System.Xml;
using System.Xml.Linq;

/// <summary>What the server said of the feed's state, sent back with the next request.</summary>
public sealed record FeedMark(string? ETag, DateTimeOffset? LastModified);

/// <param name="Entries">As in the feed: newest first, as a rule.</param>
public sealed record Feed(IReadOnlyList<FeedEntry> Entries, FeedMark Mark);

public sealed record FeedEntry(string Id, string Title, string? Link, string? Summary, string? Published);

/// <summary>Reads feeds and calls webhooks.</summary>
public sealed class FeedClient(IntegrationHttp http) : IntegrationClient(http)
{
    private const int EntriesMax = 5_000;
    private static readonly XNamespace Atom = "http://www.w3.org/2005/Atom";

    /// <returns>Null when the feed is what it was at <paramref name="mark"/>.</returns>
    /// <exception cref="XmlException">It is no well-formed XML, or has a document type, which could read local
    /// files.</exception>
    public async Task<Feed?> ReadAsync(Uri url, FeedMark mark, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (mark.ETag is { } tag)
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        request.Headers.IfModifiedSince = mark.LastModified;
        using var response = await Http.SendAsync(request, stop);
        if (response.StatusCode == HttpStatusCode.NotModified)
            return null;
        response.EnsureSuccessStatusCode();
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, Async = true };
        using var reader = XmlReader.Create(await response.Content.ReadAsStreamAsync(stop), settings);
        var root = (await XDocument.LoadAsync(reader, LoadOptions.None, stop)).Root!; // else it is no XML
        return new Feed([.. Entries(root).Take(EntriesMax)],
            new FeedMark(response.Headers.ETag?.ToString(), response.Content.Headers.LastModified));
    }

    public async Task PostAsync(Uri url, FeedEntry entry, string idempotencyKey, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Headers.Add("Idempotency-Key", idempotencyKey);
        request.Content = JsonContent.Create(entry);
        using var response = await Http.SendAsync(request, stop);
        response.EnsureSuccessStatusCode();
    }

    private static IEnumerable<FeedEntry> Entries(XElement root) => root.Name == Atom + "feed"
        ? root.Elements(Atom + "entry").Select(FromAtom)
        : root.Element("channel")?.Elements("item").Select(FromRss)
            ?? throw new InvalidDataException($"<{root.Name.LocalName}> is neither an RSS 2.0 nor an Atom feed.");

    private static FeedEntry FromRss(XElement item)
    {
        var (title, link, published) = (Text(item, "title") ?? "", Text(item, "link"), Text(item, "pubDate"));
        return new FeedEntry(Text(item, "guid") ?? link ?? $"{title}\n{published}", title, link,
            Text(item, "description"), published);
    }

    private static FeedEntry FromAtom(XElement entry)
    {
        var link = entry.Elements(Atom + "link")
            .FirstOrDefault(one => (string?)one.Attribute("rel") is null or "alternate")?.Attribute("href")?.Value;
        var title = Text(entry, Atom + "title") ?? "";
        return new FeedEntry(Text(entry, Atom + "id") ?? link ?? title, title, link,
            Text(entry, Atom + "summary"), Text(entry, Atom + "published") ?? Text(entry, Atom + "updated"));
    }

    private static string? Text(XElement parent, XName name) =>
        parent.Element(name)?.Value.Trim() is { Length: > 0 } text ? text : null;
}
