using Rota.Access;
using Rota.Sqlite.Native;
using Rota.Storage;

namespace Rota.Sqlite;

/// <summary>Users, tokens and the audit in SQLite.</summary>
internal sealed class SqliteAccess(SqliteWriter writer, SqliteReaders readers) : IAccessStore
{
    private const int AuditMax = 1_000_000;

    public Task<bool> HasUsersAsync(CancellationToken stop) =>
        readers.RunAsync(db => Exists(db, "SELECT 1 FROM user LIMIT 1"), stop);

    public Task<User?> FindUserAsync(string name, CancellationToken stop) =>
        readers.RunAsync(db =>
        {
            using var rows = db.Query("SELECT name, role, password, created_at FROM user WHERE name = ?1", name);
            return rows.Next() ? ReadUser(rows) : null;
        }, stop);

    public Task<IReadOnlyList<User>> ListUsersAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<User>>(db =>
        {
            var users = new List<User>();
            using var rows = db.Query("SELECT name, role, password, created_at FROM user ORDER BY name");
            while (rows.Next())
                users.Add(ReadUser(rows));
            return users;
        }, stop);

    private static User ReadUser(in Rows rows) =>
        new(rows.Text(0), (Role)rows.Int32(1), rows.Text(2), rows.Instant(3));

    public Task<bool> AddFirstUserAsync(User user, CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("""
            INSERT INTO user (name, role, password, created_at)
            SELECT ?1, ?2, ?3, ?4
            WHERE NOT EXISTS (SELECT 1 FROM user)
            """, user.Name, (int)user.Role, user.Password, user.CreatedAt) > 0, stop);

    public Task PutUserAsync(User user, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            session.Db.Run("""
                DELETE FROM token
                WHERE user = ?1 AND EXISTS (SELECT 1 FROM user WHERE name = ?1 AND password <> ?2)
                """, user.Name, user.Password);
            session.Db.Run("""
                INSERT INTO user (name, role, password, created_at)
                VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (name) DO UPDATE
                SET role = excluded.role, password = excluded.password
                """, user.Name, (int)user.Role, user.Password, user.CreatedAt);
            RefuseToLoseAdmins(session.Db);
        }, stop);

    public Task<bool> RemoveUserAsync(string name, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            if (session.Db.Run("DELETE FROM user WHERE name = ?1", name) == 0)
                return false;
            session.Db.Run("DELETE FROM token WHERE user = ?1", name);
            RefuseToLoseAdmins(session.Db);
            return true;
        }, stop);

    // Throwing takes the whole change back.
    private static void RefuseToLoseAdmins(SqliteConnection db)
    {
        if (!Exists(db, "SELECT 1 FROM user WHERE role = 3 LIMIT 1"))
            throw new ConflictException("user.last_admin", "No administrator would be left.",
                "Make another one first.");
    }

    private static bool Exists(SqliteConnection db, string sql)
    {
        using var rows = db.Query(sql);
        return rows.Next();
    }

    public Task<Token?> FindTokenAsync(ReadOnlyMemory<byte> hash, CancellationToken stop) =>
        readers.RunAsync(db =>
        {
            using var rows = db.Query("""
                SELECT token.name, token.hash, coalesce(user.role, token.role), token.user, token.created_at,
                    token.expires_at, token.used_at
                FROM token
                LEFT JOIN user ON user.name = token.user
                WHERE token.hash = ?1 AND (token.user IS NULL OR user.name IS NOT NULL)
                """, hash);
            return rows.Next() ? ReadToken(rows) : null;
        }, stop);

    public Task<IReadOnlyList<Token>> ListTokensAsync(CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<Token>>(db =>
        {
            var tokens = new List<Token>();
            using var rows = db.Query("""
                SELECT name, hash, role, user, created_at, expires_at, used_at
                FROM token
                WHERE user IS NULL
                ORDER BY name
                """);
            while (rows.Next())
                tokens.Add(ReadToken(rows));
            return tokens;
        }, stop);

    private static Token ReadToken(in Rows rows) => new()
    {
        Name = rows.Text(0),
        Hash = rows.Blob(1),
        Role = (Role)rows.Int32(2),
        User = rows.TextOrNull(3),
        CreatedAt = rows.Instant(4),
        ExpiresAt = rows.InstantOrNull(5),
        UsedAt = rows.InstantOrNull(6),
    };

    public Task<bool> AddTokenAsync(Token token, bool replaces, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            session.Db.Run("DELETE FROM token WHERE user IS NOT NULL AND expires_at <= ?1", token.CreatedAt);
            if (replaces)
                session.Db.Run("DELETE FROM token WHERE name = ?1", token.Name);
            return session.Db.Run("""
                INSERT INTO token (name, hash, role, user, created_at, expires_at)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                ON CONFLICT (name) DO NOTHING
                """, token.Name, token.Hash, (int)token.Role, token.User, token.CreatedAt, token.ExpiresAt) > 0;
        }, stop);

    public Task<bool> RemoveTokenAsync(string name, CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("DELETE FROM token WHERE name = ?1", name) > 0, stop);

    public Task NoteUseAsync(ReadOnlyMemory<byte> hash, DateTimeOffset now, TimeSpan every, CancellationToken stop) =>
        writer.RunAsync(session => session.Db.Run("""
            UPDATE token
            SET used_at = ?2
            WHERE hash = ?1 AND (used_at IS NULL OR used_at < ?3)
            """, hash, now, now - every), stop);

    public Task AddAuditAsync(AuditEntry entry, CancellationToken stop) =>
        writer.RunAsync(session =>
        {
            session.Db.Run("""
                INSERT INTO audit (at, actor, action, target, detail, changes)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                """, entry.At, entry.Actor, entry.Action, entry.Target, entry.Detail, entry.Changes);
            session.Db.Run("DELETE FROM audit WHERE id <= (SELECT max(id) FROM audit) - ?1", AuditMax);
        }, stop);

    public Task<IReadOnlyList<AuditEntry>> ListAuditAsync(long? before, int limit, CancellationToken stop) =>
        readers.RunAsync<IReadOnlyList<AuditEntry>>(db =>
        {
            var entries = new List<AuditEntry>();
            using var rows = db.Query("""
                SELECT id, at, actor, action, target, detail, changes
                FROM audit
                WHERE id < ?1
                ORDER BY id DESC
                LIMIT ?2
                """, before ?? long.MaxValue, limit);
            while (rows.Next())
            {
                entries.Add(new AuditEntry(rows.Int64(0), rows.Instant(1), rows.Text(2), rows.Text(3), rows.Text(4),
                    rows.TextOrNull(5), rows.TextOrNull(6)));
            }
            return entries;
        }, stop);
}
