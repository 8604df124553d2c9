namespace Rota.Bench;

/// <summary>What the command line asks for.</summary>
/// <param name="Rounds">How often each measurement runs; the median counts. Of <c>kill</c>: how often it kills.</param>
/// <param name="IsQuick">Small sizes: shows that the bench works, not how fast Rota is.</param>
/// <param name="IsChecked">Compare with the targets and exit with 1 when one is missed.</param>
/// <param name="Database">A PostgreSQL server to measure on; null: the run starts its own.</param>
internal sealed record BenchOptions(
    bool IsJson, bool IsQuick, bool IsChecked, int Rounds, string Folder, string Store, string? Database)
{
    /// <summary>Of <c>faults</c> the only one to do or what the names of several begin with, of <c>scale</c> a part of
    /// the names of questions; null for all. Of <c>peers</c> also several, with commas between.</summary>
    public string? Only { get; init; }

    /// <summary>Of <c>peers</c>: an SVG file to write; null for none.</summary>
    public string? Plot { get; init; }

    /// <summary>Of <c>peers</c>: also with a million jobs queued.</summary>
    public bool IsMillion { get; init; }

    /// <summary>Of <c>peers</c>: the only work to measure, with commas between; null for all.</summary>
    public string? Work { get; init; }

    /// <summary>Of <c>schedules</c>: beside other schedulers.</summary>
    public bool ComparesPeers { get; init; }

    /// <summary>Of <c>schedules</c>: so many others are stored that are not due; null for a run without them.</summary>
    public int? Stored { get; init; }

    /// <summary>Of <c>faults</c>: how long there is load around each, and how long one of schedules lasts. Of
    /// <c>jobs</c> on PostgreSQL: how long the long runs last.</summary>
    public int Seconds { get; init; } = 20;

    /// <summary>Of <c>scale</c> and <c>console</c>: how much is filled in; null for as much as is promised.</summary>
    public int? Ended { get; init; }

    /// <inheritdoc cref="Ended"/>
    public int? Queued { get; init; }

    /// <inheritdoc cref="Ended"/>
    public int? Queues { get; init; }

    /// <inheritdoc cref="Ended"/>
    public int? Schedules { get; init; }

    /// <summary>Of <c>supervisor --only fuzz</c>: how many, and what they are made from; null for the clock.</summary>
    public int Inputs { get; init; } = 1_000_000;

    /// <inheritdoc cref="Inputs"/>
    public int? Seed { get; init; }

    /// <summary>Of <c>supervisor --only restarts</c>.</summary>
    public int Count { get; init; } = 20_000;

    /// <summary>Of <c>scale</c>: leave the filled schema for another run or for a look by hand.</summary>
    public bool IsKept { get; init; }

    public static BenchOptions Parse(string[] args)
    {
        var isKill = args[0] == KillCommand.Name;
        var options = new BenchOptions(
            false, false, false, RoundsOf(args[0]), Path.GetTempPath(), "sqlite", Database: null);
        for (var at = 1; at < args.Length; at++)
        {
            options = args[at] switch
            {
                "--json" => options with { IsJson = true },
                "--quick" => options with { IsQuick = true, Rounds = isKill ? 5 : 1 },
                "--ended" => options with { Ended = Size(Value(args, ++at)) },
                "--queued" => options with { Queued = Size(Value(args, ++at)) },
                "--queues" => options with { Queues = Size(Value(args, ++at)) },
                "--schedules" => options with { Schedules = Size(Value(args, ++at)) },
                "--stored" => options with { Stored = Size(Value(args, ++at)) },
                "--peers" => options with { ComparesPeers = true },
                "--check" => options with { IsChecked = true },
                "--keep" => options with { IsKept = true },
                "--only" => options with { Only = Joined(options.Only, Value(args, ++at)) },
                "--plot" => options with { Plot = Value(args, ++at) },
                "--million" => options with { IsMillion = true },
                "--work" => options with { Work = Joined(options.Work, Value(args, ++at)) },
                "--inputs" => options with { Inputs = Size(Value(args, ++at)) },
                "--seed" => options with { Seed = Size(Value(args, ++at)) },
                "--count" => options with { Count = Size(Value(args, ++at)) },
                "--seconds" => options with { Seconds = Few(Value(args, ++at)) },
                "--rounds" => options with { Rounds = Few(Value(args, ++at)) },
                "--folder" => options with { Folder = Value(args, ++at) },
                "--store" => options with { Store = Value(args, ++at) },
                "--database" => options with { Database = Value(args, ++at) },
                var other => throw Wrong(other, "Run it without arguments for the usage."),
            };
        }
        return options;
    }

    private static string Joined(string? names, string name) => names is null ? name : $"{names},{name}";

    public static int Usage()
    {
        Console.Error.WriteLine("""
            bench jobs [--store sqlite|postgres] [--json] [--check] [--quick] [--rounds N] [--seconds N] [--folder PATH]
            bench kill [--store sqlite|postgres] [--json]           [--quick] [--rounds N] [--folder PATH]
            bench faults [--only NAME] [--seconds N] [--json] [--quick] [--schedules N] [--folder PATH]
            bench ha [--json] [--rounds N] [--folder PATH]
            bench scale --store postgres [--json] [--check] [--quick] [--rounds N] [--only TEXT]
                        [--ended N] [--queued N] [--queues N] [--schedules N] [--database URL] [--keep]
            bench console --store postgres [--json] [--check] [--quick] [--rounds N] [--only TEXT] [--seconds N]
                        [--ended N] [--queued N] [--queues N] [--schedules N] [--database URL] [--keep]
            bench schedules [--store sqlite|postgres] [--json] [--check] [--quick] [--schedules N] [--seconds N]
            bench schedules --peers [--json] [--quick] [--schedules N] [--seconds N] [--rounds N]
            bench schedules --stored N [--json] [--quick] [--schedules N] [--seconds N]
            bench supervisor [--json] [--check] [--quick] [--rounds N]
            bench supervisor --only restarts [--count N]
            bench supervisor --only fuzz [--inputs N] [--seed N]
            bench peers [--only NAME,…] [--work NAME,…] [--million] [--plot FILE] [--json] [--check] [--quick]
                        [--rounds N]

            jobs    rates and latencies of the engine beside what raw SQL does on the same machine in the same run; on
                    PostgreSQL also a load of 5,000 jobs a second for N seconds (default 20), and then again while an
                    old transaction is held open
            kill    kills a working process again and again with -9, then accounts for every job
            faults  three workers on a PostgreSQL server, and one thing after the other goes wrong under load of N
                    seconds (default 20); each is followed by an account of every job. Then N schedules (default 200)
                    that are due every second on SQLite or PostgreSQL: nodes killed, the database away, clocks that
                    step, for N seconds each; each is followed by an account of every due time. --only schedules
                    does only these. --quick: shorter faults, 40 schedules. Exit code 3: this machine cannot do all
            ha      takes the primary of three PostgreSQL away under load, then accounts for every job; takes minutes
            peers   other job systems beside Rota on PostgreSQL, in turns; installs what they need. --work: only some
                    of enqueue, enqueue16, bulk, drain, paced, steady
            schedules  N schedules (default 10,000) that are due every second, for N seconds (default 20): how late
                    their jobs start, whether one is lost or doubled; and the cost of cron expressions. --peers: 500
                    of them, beside APScheduler and Quartz in turns. --stored: 1,000 of them, alone and beside N
                    that are not due, on both stores
            scale   fills a database (10,000,000 ended jobs, 1,000,000 queued, 10,000 queues, 1,000 schedules) and asks
                    a server each list N times (default 30); also retention, claims, and bytes of an ended job;
                    --keep leaves the schema, and --database URL?schema=NAME asks one that was left

            console the same database, asked for the console's pages: their times, what the first one weighs, a log of
                    100,000 lines, and what 100 open consoles cost the queue in drains of N seconds (default 20)

            supervisor  1,000 processes, a flood, twenty writers: rota supervise beside Debian's supervisord, in turns.
                    --only restarts: programs that end at once are started N times (default 20,000): what it costs,
                    and that no descriptor, memory or zombie is left. --only fuzz: N inputs by chance (default
                    1,000,000) for the readers of the file and of requests; the seed is printed

            --folder is where the databases stand while it runs: the disk that is measured. Default: the temporary
            folder. PostgreSQL is a server of the run's own, in the temporary folder (TMPDIR), unless --database names
            another one: postgres://USER@HOST:PORT/DATABASE.
            """);
        return 2;
    }

    private static string Value(string[] args, int at) =>
        at < args.Length ? args[at] : throw Wrong(args[^1], "Give it a value.");

    private static int RoundsOf(string command) => command switch
    {
        KillCommand.Name => 200,
        HaCommand.Name or PeersCommand.Name or SchedulesCommand.Name or SupervisorCommand.Name => 3,
        ScaleCommand.Name or ConsoleCommand.Name => 30,
        _ => 5,
    };

    private static int Size(string text) =>
        int.TryParse(text, out var size) && size is >= 1 and <= 100_000_000 ? size
        : throw Wrong(text, "Write 1 to 100000000.");

    private static int Few(string text) =>
        int.TryParse(text, out var count) && count is >= 1 and <= 10_000 ? count
        : throw Wrong(text, "Write 1 to 10,000.");

    private static WrongUseException Wrong(string option, string hint) => new($"{option} is wrong.", hint);
}

/// <summary>The command line is wrong, or the machine lacks something; it is told in two lines and not with a stack.
/// </summary>
internal sealed class WrongUseException(string message, string hint) : Exception(message)
{
    /// <summary>Says so, and gives the exit code.</summary>
    public int Tell()
    {
        Console.Error.WriteLine($"error: {Message}\nhint: {hint}");
        return 2;
    }
}
