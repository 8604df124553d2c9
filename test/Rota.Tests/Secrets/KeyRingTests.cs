using Rota.Secrets;
using Xunit;

namespace Rota.Tests.Secrets;

public sealed class KeyRingTests : IDisposable
{
    private const string OldKey = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly DateTimeOffset Now = new(2026, 1, 31, 23, 59, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("rota-keys-").FullName;

    private string KeyPath => Path.Combine(_folder, "data", "secrets.key");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_missing_file_is_made_with_one_key_that_only_its_owner_can_read()
    {
        var ring = KeyRing.Load(KeyPath, createIfMissing: true);

        Assert.Equal(1, ring.Count);
        Assert.False(ring.IsExposed);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(KeyPath)!, "*.tmp"));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(OwnerOnly, File.GetUnixFileMode(KeyPath));
            Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(KeyPath)!));
        }
    }

    [Fact]
    public void A_secret_is_read_again_after_the_file_was_loaded_again()
    {
        var token = KeyRing.Load(KeyPath, createIfMissing: true).Encrypt("pässword 🔑", Now);

        Assert.Equal("pässword 🔑", KeyRing.Load(KeyPath, createIfMissing: true).Decrypt(token));
    }

    [Fact]
    public void Nodes_that_start_at_once_all_end_up_with_one_key()
    {
        const int Nodes = 4;
        for (var round = 0; round < 100; round++)
        {
            var path = $"{KeyPath}.{round}";
            using var start = new Barrier(Nodes);
            var fingerprints = new string[Nodes];
            var nodes = Enumerable.Range(0, Nodes).Select(node => new Thread(() =>
            {
                start.SignalAndWait(Stop);
                fingerprints[node] = KeyRing.Load(path, createIfMissing: true).Fingerprint;
            })).ToList();
            nodes.ForEach(node => node.Start());
            nodes.ForEach(node => node.Join());

            Assert.Single(fingerprints.Distinct());
        }
    }

    [Fact]
    public void A_missing_file_is_an_error_when_it_should_be_there()
    {
        var error = Assert.Throws<RotaException>(() => KeyRing.Load(KeyPath));

        Assert.Equal("secrets.key_file", error.Code);
        Assert.Contains(KeyPath, error.Message);
        Assert.False(File.Exists(KeyPath));
    }

    [Theory]
    [InlineData("hunter2")]
    [InlineData("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4")]      // padding lost
    [InlineData("cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=")]     // classic alphabet
    [InlineData("cw_0x689RpI-jtRR7oE8hw==")]                         // 16 bytes
    [InlineData("key = cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=")]
    public void A_line_that_is_no_key_is_named_and_not_shown(string line)
    {
        Write("# keys", "", OldKey, line);

        var error = Assert.Throws<RotaException>(() => KeyRing.Load(KeyPath));

        Assert.Equal("secrets.key_file", error.Code);
        Assert.Equal($"Line 4 of key file {KeyPath} is not a key.", error.Message);
        Assert.Contains("32 random bytes in URL-safe base64", error.Hint);
        Assert.DoesNotContain(line, error.ToString() + error.Hint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# only a comment")]
    public void A_file_without_a_key_is_an_error(string text)
    {
        Write(text);

        Assert.Contains("holds no key", Assert.Throws<RotaException>(() => KeyRing.Load(KeyPath)).Message);
    }

    [Fact]
    public void A_file_far_too_long_for_keys_is_an_error()
    {
        Write(new string('#', 70_000));

        Assert.Contains("at most 65536", Assert.Throws<RotaException>(() => KeyRing.Load(KeyPath)).Message);
    }

    [Fact]
    public void A_path_that_is_a_directory_is_an_error()
    {
        Directory.CreateDirectory(KeyPath);

        Assert.Equal("secrets.key_file", Assert.Throws<RotaException>(() => KeyRing.Load(KeyPath)).Code);
    }

    [Fact]
    public void Blank_lines_comments_and_foreign_line_ends_are_passed_over()
    {
        Write("\uFEFF# first the new one\r", "\r", $"  {Fernet.NewKey()}\r", "# then the old one\r", OldKey + "\r");

        Assert.Equal(2, KeyRing.Load(KeyPath).Count);
    }

    [Fact]
    public void The_first_key_encrypts_and_all_keys_decrypt()
    {
        Write(OldKey);
        var old = KeyRing.Load(KeyPath);
        var oldToken = old.Encrypt("hello", Now);

        var both = old.AddKey();
        var newToken = both.Encrypt("hello", Now);

        Assert.Equal(2, both.Count);
        Assert.Equal("hello", both.Decrypt(oldToken));
        Assert.Equal("hello", both.Decrypt(newToken));
        Assert.True(both.IsCurrent(newToken));
        Assert.False(both.IsCurrent(oldToken));
        Assert.Throws<RotaException>(() => old.Decrypt(newToken));
    }

    [Fact]
    public void Rotation_keeps_the_text_and_the_time_and_takes_a_new_iv()
    {
        Write(OldKey);
        var old = KeyRing.Load(KeyPath);
        var token = old.Encrypt("hello", Now);
        var ring = old.AddKey();

        var rotated = ring.Rotate(token);

        Assert.True(ring.IsCurrent(rotated));
        Assert.Equal("hello", ring.Decrypt(rotated));
        Assert.Equal(Now, Fernet.ExtractTimestamp(ActiveKey(), rotated));
        Assert.NotEqual(rotated, ring.Rotate(token));
    }

    [Fact]
    public void Old_keys_go_and_comments_stay()
    {
        Write("# keys of the night shift", OldKey, "# end");
        var ring = KeyRing.Load(KeyPath).AddKey();
        var token = ring.Rotate(ring.Encrypt("hello", Now));

        var last = ring.RemoveOldKeys();

        Assert.Equal(1, last.Count);
        Assert.Equal(ring.Fingerprint, last.Fingerprint);
        Assert.Equal("hello", last.Decrypt(token));
        Assert.Equal(["# keys of the night shift", "# end"], File.ReadLines(KeyPath).Where(line => line[0] == '#'));
    }

    [Fact]
    public void Old_keys_stay_when_somebody_has_added_a_key_meanwhile()
    {
        Write(OldKey);
        var ring = KeyRing.Load(KeyPath);
        ring.AddKey();

        var error = Assert.Throws<RotaException>(ring.RemoveOldKeys);

        Assert.Contains("nothing was removed", error.Message);
        Assert.Equal(2, KeyRing.Load(KeyPath).Count);
    }

    [Fact]
    public void Keys_added_by_several_commands_at_once_are_all_kept()
    {
        Write(OldKey);
        var ring = KeyRing.Load(KeyPath);

        Enumerable.Range(0, 16).AsParallel().WithDegreeOfParallelism(4).ForAll(_ => ring.AddKey());

        Assert.Equal(17, KeyRing.Load(KeyPath).Count);
    }

    [Fact]
    public void A_file_that_others_may_read_is_told_and_is_closed_by_the_next_write()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        Write(OldKey);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(KeyPath, OwnerOnly | UnixFileMode.GroupRead);

        var ring = KeyRing.Load(KeyPath);

        Assert.True(ring.IsExposed);
        Assert.False(ring.AddKey().IsExposed);
    }

    [Fact]
    public void A_link_is_followed_and_stays_a_link()
    {
        Write(OldKey);
        var link = Path.Combine(_folder, "link.key");
        File.CreateSymbolicLink(link, KeyPath);

        var ring = KeyRing.Load(link).AddKey();

        Assert.Equal(2, ring.Count);
        Assert.False(ring.IsExposed);
        Assert.Equal(KeyPath, new FileInfo(link).LinkTarget);
        Assert.Equal(2, KeyRing.Load(KeyPath).Count);
    }

    [Fact]
    public void A_secret_that_no_key_opens_is_an_error_with_the_way_out()
    {
        Write(OldKey);
        var token = KeyRing.Load(KeyPath).Encrypt("hello", Now);
        Write(Fernet.NewKey());

        foreach (var read in new Func<string, string>[] { KeyRing.Load(KeyPath).Decrypt, KeyRing.Load(KeyPath).Rotate })
        {
            var error = Assert.Throws<RotaException>(() => read(token));
            Assert.Equal("secret.unreadable", error.Code);
            Assert.Contains("key file", error.Hint);
        }
    }

    [Fact]
    public void A_secret_that_is_not_text_is_an_error_and_can_still_be_rotated()
    {
        Write(OldKey);
        var ring = KeyRing.Load(KeyPath);
        var token = Fernet.Encrypt(ActiveKey(), [0xff, 0xfe, 0x00], Now);

        Assert.Equal("secret.unreadable", Assert.Throws<RotaException>(() => ring.Decrypt(token)).Code);
        Assert.True(Fernet.TryDecrypt(ActiveKey(), ring.Rotate(token), null, Now, out var plain));
        Assert.Equal([0xff, 0xfe, 0x00], plain);
    }

    [Fact]
    public void The_fingerprint_names_the_active_key_and_stays_the_same()
    {
        Write(OldKey);
        var ring = KeyRing.Load(KeyPath);
        var both = ring.AddKey();

        // printf 'rota key fingerprint 1\0' and the key's bytes, through SHA-256
        Assert.Equal("1c62a36c", ring.Fingerprint);
        Assert.NotEqual(ring.Fingerprint, both.Fingerprint);
        Assert.Equal([both.Fingerprint, ring.Fingerprint], both.Fingerprints);
    }

    private byte[] ActiveKey()
    {
        var line = File.ReadLines(KeyPath).First(line => line[0] != '#');
        return Convert.FromBase64String(line.Replace('-', '+').Replace('_', '/'));
    }

    private void Write(params string[] lines)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(KeyPath)!);
        File.WriteAllText(KeyPath, string.Join('\n', lines));
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(KeyPath, OwnerOnly);
    }
}
