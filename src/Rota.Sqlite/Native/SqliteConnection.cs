using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Rota.Sqlite.Native;

/// <summary>One connection, for one thread at a time. Statements are prepared once per SQL literal and kept.</summary>
internal sealed unsafe class SqliteConnection : IDisposable
{
    // A few rows of a search: each may be a mebibyte that is searched within one instruction.
    private const int InstructionsBetweenLooks = 100;

    // Literals are one object per text, so identity finds the statement without hashing the SQL.
    private readonly Dictionary<string, Statement> _statements = new(ReferenceEqualityComparer.Instance);
    private readonly string _path;
    private nint _db;
    private long _deadline;
    private GCHandle _self;

    public SqliteConnection(string path, bool readOnly)
    {
        _path = path;
        var flags = Sqlite3.OpenNoMutex
            | (readOnly ? Sqlite3.OpenReadOnly : Sqlite3.OpenReadWrite | Sqlite3.OpenCreate);
        var code = Sqlite3.Open(path, out _db, flags, 0);
        if (code != Sqlite3.Ok)
            throw SqliteErrors.From(code, Message(), path);
        _ = Sqlite3.ExtendedResultCodes(_db, 1);
        _ = Sqlite3.BusyTimeout(_db, 5_000);
    }

    public static string Version => Marshal.PtrToStringUTF8(Sqlite3.LibVersion())!;

    public nint Handle => _db;

    /// <summary>Runs a statement to its end and says how many rows it changed.</summary>
    /// <param name="sql">A literal: the statement is kept for the life of the connection.</param>
    public int Run(string sql, params ReadOnlySpan<SqlValue> values)
    {
        using var rows = Query(sql, values);
        while (rows.Next()) { }
        return Sqlite3.Changes(_db);
    }

    /// <summary>Opens the rows of a statement; dispose them before the same SQL is used again.</summary>
    public Rows Query(string sql, params ReadOnlySpan<SqlValue> values)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements.Add(sql, statement = new Statement(this, sql));
        statement.Bind(values);
        return new Rows(statement);
    }

    /// <summary>Runs a script of several statements without values.</summary>
    public void Execute(string script)
    {
        var bytes = Encoding.UTF8.GetBytes(script + "\0");
        fixed (byte* start = bytes)
        {
            for (var at = start; *at != 0;)
            {
                Check(Sqlite3.Prepare(_db, at, -1, 0, out var statement, out at));
                if (statement == 0)
                    continue;
                int code;
                while ((code = Sqlite3.Step(statement)) == Sqlite3.Row) { }
                var error = code == Sqlite3.Done ? null : SqliteErrors.From(code, Message(), _path);
                _ = Sqlite3.Finalize(statement);
                if (error is not null)
                    throw error;
            }
        }
    }

    /// <summary>Ends every later statement with an error once it is <paramref name="limit"/> old; for
    /// readers.</summary>
    public void LimitTo(TimeSpan limit)
    {
        _deadline = Stopwatch.GetTimestamp() + (long)(limit.TotalSeconds * Stopwatch.Frequency);
        if (_self.IsAllocated)
            return;
        _self = GCHandle.Alloc(this, GCHandleType.Weak);
        Sqlite3.ProgressHandler(_db, InstructionsBetweenLooks, &IsLate, GCHandle.ToIntPtr(_self));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int IsLate(nint state) =>
        GCHandle.FromIntPtr(state).Target is SqliteConnection connection
        && Stopwatch.GetTimestamp() > connection._deadline ? 1 : 0;

    internal void Check(int code)
    {
        if (code is not (Sqlite3.Ok or Sqlite3.Row or Sqlite3.Done))
            throw SqliteErrors.From(code, Message(), _path);
    }

    private string Message() => _db == 0 ? "" : Marshal.PtrToStringUTF8(Sqlite3.ErrorMessage(_db)) ?? "";

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Dispose();
        _statements.Clear();
        if (_db != 0)
            _ = Sqlite3.Close(_db);
        _db = 0;
        if (_self.IsAllocated)
            _self.Free();
    }
}
