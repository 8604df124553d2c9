namespace Rota.Bench;

/// <summary>Where a job system keeps its jobs.</summary>
internal enum PeerStorage { Postgres, RedisEverySecond, RedisAlways }

/// <summary>A job system that is measured, and how its driver is started.</summary>
/// <param name="Driver">Program and first arguments; those of the driver follow.</param>
internal sealed record Peer(string Name, PeerStorage Storage, string[] Driver)
{
    public const string GraphileWorker = "graphile-worker";
    private const string QuartzProject = "Rota.Bench.Quartz";

    /// <summary>This build of Rota, as a program that embeds it; everything at its default.</summary>
    public static readonly Peer Rota = new(
        "rota", PeerStorage.Postgres, ["dotnet", typeof(Peer).Assembly.Location, RotaDriver.Name]);

    public static readonly Peer Quartz = new(
        "quartz", PeerStorage.Postgres, ["dotnet", PeerFolders.Build(QuartzProject)])
    {
        Project = QuartzProject,
        IsOneProcess = true,
        Share = 0.03,
    };

    /// <summary>It has schedules only, and no jobs without them.</summary>
    public static readonly Peer ApScheduler = Python("apscheduler", "apscheduler_driver.py", share: 1,
        (DebianPython("apscheduler"), "python3-apscheduler"), (DebianPython("sqlalchemy"), "python3-sqlalchemy"),
        (DebianPython("psycopg2"), "python3-psycopg2")) with
    {
        Storage = PeerStorage.Postgres,
    };

    /// <summary>All others that have jobs, in the order of the report.</summary>
    public static readonly IReadOnlyList<Peer> All =
    [
        new(GraphileWorker, PeerStorage.Postgres, Node("graphile-worker.js")) { HoldsMillion = true },
        new("pg-boss", PeerStorage.Postgres, Node("pg-boss.js")) { Share = 0.5, HoldsMillion = true },
        new("bullmq", PeerStorage.RedisEverySecond, Node("bullmq.js")) { HoldsMillion = true },
        new("bullmq-always", PeerStorage.RedisAlways, Node("bullmq.js")) { HoldsMillion = true },
        Sidekiq("sidekiq", PeerStorage.RedisEverySecond),
        Sidekiq("sidekiq-always", PeerStorage.RedisAlways),
        Python("rq", "rq_driver.py", share: 0.05, (DebianPython("rq"), "python3-rq")),
        Python("celery", "celery_driver.py", share: 0.1, (DebianPython("celery"), "python3-celery"),
            (DebianPython("redis"), "python3-redis")),
        Quartz,
    ];

    /// <summary>Debian packages, each with a file by which it is known to be there.</summary>
    public (string File, string Package)[] Packages { get; init; } = [];

    /// <summary>The part of the usual amount of work that it is given: the slowest would take an hour.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Whether <c>--million</c> asks it too.</summary>
    public bool HoldsMillion { get; init; }

    /// <summary>One process sends and works where the wait of a job is measured; usually there are two.</summary>
    public bool IsOneProcess { get; init; }

    /// <summary>The .NET project to build first, or null.</summary>
    public string? Project { get; init; }

    /// <summary>A job leaves the store when a worker takes it, and is gone with that worker.</summary>
    public bool IsLostWithWorker { get; init; }

    /// <summary>An acknowledged job survives a power cut and the death of its worker.</summary>
    public bool IsDurable => Storage != PeerStorage.RedisEverySecond && !IsLostWithWorker;

    public bool IsNode => Driver[0] == "node";

    private static Peer Sidekiq(string name, PeerStorage storage) =>
        new(name, storage, ["ruby", PeerFolders.Source("ruby", "sidekiq_driver.rb")])
        {
            Packages = [("/usr/bin/sidekiq", "ruby-sidekiq")],
            HoldsMillion = true,
            IsLostWithWorker = true,
        };

    // Debian's own Python, which is the one that sees Debian's packages.
    private static Peer Python(
        string name, string file, double share, params (string File, string Package)[] packages) =>
        new(name, PeerStorage.RedisEverySecond, ["/usr/bin/python3", "-B", PeerFolders.Source("python", file)])
        {
            Packages = packages,
            Share = share,
        };

    private static string DebianPython(string module) => $"/usr/lib/python3/dist-packages/{module}/__init__.py";

    private static string[] Node(string file) => ["node", PeerFolders.Source("node", file)];
}
