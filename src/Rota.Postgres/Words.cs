using System.Collections.Concurrent;

namespace Rota.Postgres;

/// <summary>The numbers of kinds, queues, projects and nodes. A word is never changed, so that each process keeps
/// those that it met.</summary>
internal sealed class Words(PostgresDatabase database)
{
    private const int LoadedAtStart = 100_000;

    private readonly ConcurrentDictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, string> _texts = new();

    public async Task LoadAsync(CancellationToken stop) => Keep(await database.ListAsync(
        "SELECT id, text FROM rota.word ORDER BY id DESC LIMIT $1",
        rows => (rows.GetInt32(0), rows.GetString(1)), stop, LoadedAtStart));

    /// <summary>The number of a word that <see cref="AddAsync"/> has met.</summary>
    public int Number(string text) => _numbers[text];

    /// <summary>The text of a number that <see cref="LoadAsync(IEnumerable{int}, CancellationToken)"/> has met.
    /// </summary>
    public string Text(int number) => _texts[number];

    /// <summary>The text of a number, or null when this process has not met it.</summary>
    public string? Find(int number) => _texts.GetValueOrDefault(number);

    /// <summary>Makes sure that a word has a number, in a commit of its own: a number must outlive the transaction that
    /// asks for it.</summary>
    public async ValueTask<int> AddAsync(string text, CancellationToken stop)
    {
        if (_numbers.TryGetValue(text, out var number))
            return number;
        await database.RunAsync("INSERT INTO rota.word (text) VALUES ($1) ON CONFLICT DO NOTHING", stop, text);
        Keep(await database.ListAsync("SELECT id, text FROM rota.word WHERE text = $1",
            rows => (rows.GetInt32(0), rows.GetString(1)), stop, text));
        return _numbers[text];
    }

    /// <summary>Makes sure that the texts of these numbers are known.</summary>
    public async Task LoadAsync(IEnumerable<int> numbers, CancellationToken stop)
    {
        var unknown = numbers.Where(number => !_texts.ContainsKey(number)).Distinct().ToArray();
        if (unknown.Length == 0)
            return;
        Keep(await database.ListAsync("SELECT id, text FROM rota.word WHERE id = ANY ($1)",
            rows => (rows.GetInt32(0), rows.GetString(1)), stop, unknown));
    }

    private void Keep(List<(int Number, string Text)> words)
    {
        foreach (var (number, text) in words)
            Keep(number, text);
    }

    public void Keep(int number, string text)
    {
        _texts[number] = text;
        _numbers[text] = number;
    }
}
