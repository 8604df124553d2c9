using System.Security.Cryptography;
using System.Text;
using Rota.Secrets;
using Xunit;

namespace Rota.Tests.Secrets;

public sealed class FernetTests
{
    // All vectors: generate.json, verify.json and invalid.json of the Fernet specification.
    private const string Generated =
        "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

    private static readonly byte[] Key = Convert.FromBase64String("cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=");
    private static readonly DateTimeOffset MadeAt = DateTimeOffset.Parse("1985-10-26T01:20:00-07:00");
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);

    [Fact]
    public void The_generate_vector_comes_out_byte_for_byte()
    {
        byte[] iv = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

        Assert.Equal(Generated, Fernet.Encrypt(Key, "hello"u8, (ulong)MadeAt.ToUnixTimeSeconds(), iv));
    }

    [Fact]
    public void The_verify_vector_opens()
    {
        Assert.True(Fernet.TryDecrypt(Key, Generated, Minute, MadeAt.AddSeconds(1), out var plain));
        Assert.Equal("hello", Encoding.UTF8.GetString(plain));
    }

    [Theory]
    [InlineData("wrong MAC", 1,
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==")]
    [InlineData("too short", 1, "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA==")]
    [InlineData("not base64", 1,
        "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==")]
    [InlineData("not a multiple of the block", 1,
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm")]
    [InlineData("bad padding", 1,
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==")]
    [InlineData("time too far ahead", 1,
        "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==")]
    [InlineData("expired", 91,
        "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==")]
    [InlineData("wrong IV", 1,
        "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==")]
    public void An_invalid_vector_does_not_open(string fault, int secondsAfter, string token)
    {
        Assert.False(Fernet.TryDecrypt(Key, token, Minute, MadeAt.AddSeconds(secondsAfter), out var plain), fault);
        Assert.Empty(plain);
    }

    [Theory]
    [InlineData("gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==")]
    [InlineData("gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==")]
    public void Without_a_ttl_the_time_in_the_token_is_not_looked_at(string token) =>
        Assert.True(Fernet.TryDecrypt(Key, token, null, MadeAt.AddYears(50), out _));

    [Theory]
    [InlineData(-61, false)]
    [InlineData(-60, true)]
    [InlineData(0, true)]
    [InlineData(60, true)]
    [InlineData(61, false)]
    public void With_a_ttl_of_60_s_a_token_is_good_from_60_s_early_to_60_s_old(int ageSeconds, bool isGood) =>
        Assert.Equal(isGood, Fernet.TryDecrypt(Key, Generated, Minute, MadeAt.AddSeconds(ageSeconds), out _));

    [Theory]
    [InlineData("missing padding", -2, "")]
    [InlineData("half of the padding", -1, "")]
    [InlineData("more padding", 0, "=")]
    [InlineData("a whole group of padding", 0, "====")]
    [InlineData("a line end", 0, "\n")]
    [InlineData("four blanks", 0, "    ")]
    [InlineData("spare bits set", -3, "B==")]
    public void A_good_token_in_another_spelling_does_not_open(string spelling, int cut, string tail) =>
        Assert.False(Fernet.TryDecrypt(Key, Generated[..^-cut] + tail, null, MadeAt, out _), spelling);

    [Fact]
    public void The_classic_alphabet_is_refused() =>
        Assert.False(Fernet.TryDecrypt(Key, Generated.Replace('-', '+').Replace('_', '/'), null, MadeAt, out _));

    [Theory]
    [InlineData("")]
    [InlineData("====")]
    [InlineData("=")]
    [InlineData("gAAA")]
    [InlineData("été déjà passé")]
    public void What_is_no_token_does_not_open(string token) =>
        Assert.False(Fernet.TryDecrypt(Key, token, null, MadeAt, out _));

    [Fact]
    public void Any_length_comes_back_as_it_was()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var length = 0; length < 200; length += random.Next(1, 4))
        {
            var plain = new byte[length];
            random.NextBytes(plain);
            var token = Fernet.Encrypt(Key, plain, MadeAt);

            Assert.True(Fernet.TryDecrypt(Key, token, Minute, MadeAt, out var back), $"seed {seed}, length {length}");
            Assert.Equal(plain, back);
        }
    }

    [Fact]
    public void A_change_of_any_byte_is_noticed()
    {
        var token = UrlSafeBytes(Generated);
        for (var at = 0; at < token.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var tampered = (byte[])token.Clone();
                tampered[at] ^= (byte)(1 << bit);
                Assert.False(Fernet.TryDecrypt(Key, UrlSafe(tampered), null, MadeAt, out _), $"byte {at}, bit {bit}");
            }
        }
    }

    [Fact]
    public void A_change_of_any_character_is_noticed()
    {
        for (var at = 0; at < Generated.Length; at++)
        {
            var other = Generated[at] == 'A' ? 'B' : 'A';
            var tampered = Generated[..at] + other + Generated[(at + 1)..];
            Assert.False(Fernet.TryDecrypt(Key, tampered, null, MadeAt, out _), $"character {at}");
        }
    }

    [Fact]
    public void A_token_cut_anywhere_does_not_open()
    {
        for (var length = 0; length < Generated.Length; length++)
            Assert.False(Fernet.TryDecrypt(Key, Generated[..length], null, MadeAt, out _), $"length {length}");
    }

    [Fact]
    public void Another_key_does_not_open_it() =>
        Assert.False(Fernet.TryDecrypt(RandomNumberGenerator.GetBytes(32), Generated, null, MadeAt, out _));

    [Fact]
    public void The_same_text_never_gives_the_same_token_twice() =>
        Assert.NotEqual(Fernet.Encrypt(Key, "hello"u8, MadeAt), Fernet.Encrypt(Key, "hello"u8, MadeAt));

    [Fact]
    public void The_time_of_a_token_is_told_only_after_its_signature_was_checked()
    {
        Assert.Equal(MadeAt, Fernet.ExtractTimestamp(Key, Generated));
        Assert.Null(Fernet.ExtractTimestamp(RandomNumberGenerator.GetBytes(32), Generated));
    }

    [Fact]
    public void A_signed_time_beyond_the_calendar_is_no_time_and_never_timely()
    {
        var token = Fernet.Encrypt(Key, "hello"u8, ulong.MaxValue, new byte[16]);

        Assert.Null(Fernet.ExtractTimestamp(Key, token));
        Assert.False(Fernet.TryDecrypt(Key, token, TimeSpan.MaxValue, MadeAt, out _));
        Assert.True(Fernet.TryDecrypt(Key, token, null, MadeAt, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(33)]
    public void A_key_of_another_length_is_a_bug_of_the_caller(int length) =>
        Assert.Throws<ArgumentException>(() => Fernet.Encrypt(new byte[length], "hello"u8, MadeAt));

    [Fact]
    public void A_time_before_1970_is_a_bug_of_the_caller() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Fernet.Encrypt(Key, "hello"u8, DateTimeOffset.UnixEpoch.AddSeconds(-1)));

    private static byte[] UrlSafeBytes(string text) =>
        Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/'));

    private static string UrlSafe(byte[] bytes) => Convert.ToBase64String(bytes).Replace('+', '-').Replace('/', '_');
}
