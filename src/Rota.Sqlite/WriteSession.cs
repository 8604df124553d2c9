using System.Runtime.InteropServices;
using System.Text;
using Rota.Sqlite.Native;
using Rota.Workers;

namespace Rota.Sqlite;

/// <summary>What one write transaction works with. Used on the writer's thread only.</summary>
internal sealed class WriteSession
{
    private readonly Dictionary<(string Queue, string Kind, JobState State), long> _counts = [];
    private readonly Dictionary<string, string> _words = [];
    private readonly long _epoch;
    private long _tokens;
    private long _lastJobId;
    private long _keptJobId;

    public WriteSession(SqliteConnection db, Room room)
    {
        (Db, Starts) = (db, new Starts(room));
        _epoch = Setting("epoch") + 1;
        SetSetting("epoch", _epoch);
        _lastJobId = Math.Max(Setting("last_job_id"), LastStoredJobId());
        UsesDependencies = HasRows("SELECT 1 FROM job_edge LIMIT 1");
        UsesUniqueKeys = HasRows("SELECT 1 FROM unique_key LIMIT 1");
    }

    public SqliteConnection Db { get; }

    public Starts Starts { get; }

    /// <summary>Every token of this process is greater, every token of an earlier one is smaller.</summary>
    public long FirstToken => _epoch << 32;

    /// <summary>False as long as no job depends on another one: then no end of a job needs to look for any.</summary>
    public bool UsesDependencies { get; set; }

    /// <inheritdoc cref="UsesDependencies"/>
    public bool UsesUniqueKeys { get; set; }

    public bool MadeReady { get; set; }

    public bool MadeWaiting { get; set; }

    public bool AskedCancel { get; set; }

    public bool ChangedSchedules { get; set; }

    /// <summary>The queue served last by a claim from all queues; the next claim starts behind it.</summary>
    public string LastQueue { get; set; } = "";

    /// <summary>Ended jobs up to here (microseconds) were looked at by the prune and are kept longer.</summary>
    public (long EndedAt, long Id) PrunedTo { get; set; }

    public JobId NextJobId() => new(++_lastJobId);

    public long NextToken() => FirstToken + ++_tokens;

    /// <summary>One string for a kind or project that many rows name.</summary>
    public string Intern(ReadOnlySpan<byte> utf8)
    {
        const int WordsMax = 10_000, CharactersMax = 256;
        Span<char> characters = stackalloc char[CharactersMax];
        if (utf8.Length > CharactersMax)
            return Encoding.UTF8.GetString(utf8);
        var text = characters[..Encoding.UTF8.GetChars(utf8, characters)];
        var words = _words.GetAlternateLookup<ReadOnlySpan<char>>();
        if (words.TryGetValue(text, out var word))
            return word;
        if (_words.Count >= WordsMax)
            _words.Clear();
        words.TryAdd(text, word = text.ToString());
        return word;
    }

    /// <summary>Remembers the highest id, so that it is not used again after its job was deleted.</summary>
    public void KeepLastJobId()
    {
        if (_keptJobId != _lastJobId)
            SetSetting("last_job_id", _keptJobId = _lastJobId);
    }

    /// <summary>Notes that jobs came into (or left) a state; written once at the end of the transaction.</summary>
    public void Count(string queue, string kind, JobState state, long by) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_counts, (queue, kind, state), out _) += by;

    /// <summary>Jobs of a queue that run, with what this transaction did.</summary>
    public long Running(string queue)
    {
        var noted = _counts.Where(count => count.Key.Queue == queue && count.Key.State == JobState.Running)
            .Sum(count => count.Value);
        using var rows = Db.Query(
            "SELECT coalesce(sum(n), 0) FROM counter WHERE queue = ?1 AND state = ?2", queue, JobState.Running);
        return rows.Next() ? rows.Int64(0) + noted : noted;
    }

    public void WriteCounts()
    {
        foreach (var ((queue, kind, state), by) in _counts)
        {
            if (by != 0)
            {
                Db.Run("""
                    INSERT INTO counter (queue, kind, state, n)
                    VALUES (?1, ?2, ?3, ?4)
                    ON CONFLICT (queue, kind, state) DO UPDATE
                    SET n = n + excluded.n
                    """, queue, kind, state, by);
            }
        }
        _counts.Clear();
    }

    /// <summary>Forgets what the rolled-back transaction noted. Ids and tokens stay used: a gap does no harm.</summary>
    public void Forget()
    {
        _counts.Clear();
        Starts.Forget();
        _keptJobId = 0;
        MadeReady = MadeWaiting = AskedCancel = ChangedSchedules = false;
    }

    public long Setting(string name)
    {
        using var rows = Db.Query("SELECT value FROM setting WHERE name = ?1", name);
        return rows.Next() ? long.Parse(rows.Text(0)) : 0;
    }

    public void SetSetting(string name, long value) =>
        Db.Run("""
            INSERT INTO setting (name, value)
            VALUES (?1, ?2)
            ON CONFLICT (name) DO UPDATE
            SET value = excluded.value
            """, name, value.ToString());

    private bool HasRows(string sql)
    {
        using var rows = Db.Query(sql);
        return rows.Next();
    }

    private long LastStoredJobId()
    {
        using var rows = Db.Query("SELECT max(id) FROM job");
        return rows.Next() ? rows.Int64(0) : 0;
    }
}
