using System.Security.Cryptography;
using System.Text;

/// <summary>What one feed and webhook have behind them: the last 5,000 entries that were posted, and the feed's mark.
/// </summary>
/// <remarks>An entry is kept as 12 characters of the hash of its id (72 bits), so that all fit into one
/// value.</remarks>
internal sealed class FeedMemory
{
    private const int EntriesMax = 5_000, HashCharacters = 12;

    private readonly IJobMemory _memory;
    private readonly string _scope;
    private readonly List<string> _order = [];
    private readonly HashSet<string> _seen = [];

    private FeedMemory(IJobMemory memory, FeedParameters parameters)
    {
        _memory = memory;
        _scope = Hash($"{parameters.FeedUrl}\n{parameters.WebhookUrl}");
    }

    public FeedMark Mark { get; private set; } = new(null, null);

    public static async Task<FeedMemory> OpenAsync(IJobMemory memory, FeedParameters parameters, CancellationToken stop)
    {
        var opened = new FeedMemory(memory, parameters);
        var seen = await memory.GetAsync($"seen:{opened._scope}", stop) ?? "";
        foreach (var hash in seen.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (opened._seen.Add(hash))
                opened._order.Add(hash);
        }
        if (await memory.GetAsync($"mark:{opened._scope}", stop) is { } mark)
            opened.Mark = JsonSerializer.Deserialize<FeedMark>(mark) ?? opened.Mark;
        return opened;
    }

    public bool HasSeen(string id) => _seen.Contains(Hash(id));

    /// <summary>The same for the same entry, feed and webhook, for ever.</summary>
    public string KeyOf(string id) => $"feed-{_scope}-{Hash(id)}";

    public async Task AddAsync(string id, CancellationToken stop)
    {
        if (_seen.Add(Hash(id)))
            _order.Add(Hash(id));
        for (; _order.Count > EntriesMax; _order.RemoveAt(0))
            _seen.Remove(_order[0]);
        await _memory.SetAsync($"seen:{_scope}", string.Join(' ', _order), stop);
    }

    public async Task SetMarkAsync(FeedMark mark, CancellationToken stop)
    {
        Mark = mark;
        await _memory.SetAsync($"mark:{_scope}", JsonSerializer.Serialize(mark), stop);
    }

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))
        .Replace('+', '-').Replace('/', '_')[..HashCharacters];
}
