/// Where a country is, known by its code alone.
public enum Country {
    /// The circle around a country, by its ISO 3166-1 alpha-2 code in capitals, or XK for Kosovo; `nil` for any other text.
    ///
    /// The circle holds all the land where people live, but a part with a code of its own (RE, SJ, BQ) only in the circle of that
    /// code. Disputed land may be in two: Crimea is in that of UA and of RU, Western Sahara in that of EH and of MA. A circle that
    /// is too large is on the safe side: it makes a journey between countries shorter.
    public static func place(of code: String) -> Place? { places[code] }

    static let places: [String: Place] = {
        var places: [String: Place] = [:]
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            let numbers = fields.dropFirst().compactMap { Int($0) }
            guard let code = fields.first, numbers.count == 3 else { continue }
            places[String(code)] = Place(latitude: numbers[0], longitude: numbers[1], radius: numbers[2])
        }
        return places
    }()

    /// Code, latitude and longitude in hundredths of a degree, radius in kilometres.
    ///
    /// Each is the smallest circle on the sphere around the country's polygons in Natural Earth 5.1.1, "Admin 0 – Countries" at
    /// 1:10,000,000 (public domain, naturalearthdata.com), and its places in zone.tab of the IANA time zone database (public
    /// domain); rounded up, and 2 km more for the coarseness of the map. Left out are far islands without inhabitants: Ashmore
    /// and the Coral Sea Islands (AU), Trindade (BR), Bajo Nuevo (CO), Cocos (CR), Darwin and Wolf (EC), Ceva-i-Ra (FJ),
    /// Clipperton (FR), the Kermadecs and the subantarctic islands (NZ), the Selvagens (PT), Gough (SH), Navassa (UM), the
    /// north-west of Hawaii (US), Aves (VE), the Prince Edward Islands (ZA).
    private static let table = """
        AD  4253    158   18
        AE  2474   5404  262
        AF  3374   6757  771
        AG  1731  -6207   55
        AI  1845  -6318   35
        AL  4115   1995  172
        AM  4000   4500  183
        AO -1121   1772  943
        AQ -9000      0 3281
        AR -3842  -6592 1852
        AS -1280 -16963  253
        AT  4769   1331  292
        AU -3403  13884 2781
        AW  1252  -6997   18
        AX  6023   2038   51
        AZ  4023   4765  255
        BA  4401   1741  186
        BB  1320  -5957   20
        BD  2369   9040  387
        BE  5044    433  149
        BF  1138   -161  443
        BG  4292   2542  274
        BH  2598   5067   48
        BI  -338   2991  134
        BJ   931    223  353
        BL  1792  -6283    7
        BM  3231  -6476   15
        BN   449  11469   80
        BO -1630  -6448  813
        BQ  1477  -6564  420
        BR -1197  -5280 2424
        BS  2388  -7600  438
        BT  2712   9041  170
        BV -5443    342    8
        BW -2266   2385  571
        BY  5324   2767  339
        BZ  1718  -8877  155
        CA  6165  -8818 2777
        CC -1216   9687    9
        CD  -442   2327 1236
        CF   559   2092  727
        CG   -69   1524  603
        CH  4656    819  180
        CI   743   -561  406
        CK -1544 -16047  774
        CL -3623  -8455 2557
        CM   711   1344  676
        CN  4074  10381 2572
        CO   459  -7559 1167
        CR   955  -8434  234
        CU  2113  -7951  571
        CV  1616  -2418  164
        CW  1222  -6895   32
        CX -1048  10567   13
        CY  3528   3346  115
        CZ  4996   1548  249
        DE  5118   1046  456
        DJ  1184   4245  123
        DK  5598   1177  239
        DM  1542  -6142   28
        DO  1880  -7020  201
        DZ  2850    244 1104
        EC   -64  -8345  917
        EE  5869   2502  199
        EG  2663   3093  796
        EH  2427  -1298  574
        ER  1491   4008  412
        ES  3549   -839 1267
        ET   802   4048  828
        FI  6499   2463  585
        FJ -1659  17910  512
        FK -5158  -5954  128
        FM   756  15061 1399
        FO  6190   -667   59
        FR  4514    249  690
        GA   -76   1198  369
        GB  5544   -415  635
        GD  1227  -6161   38
        GE  4237   4340  304
        GF   388  -5354  215
        GG  4958   -242   27
        GH   806   -151  378
        GI  3613   -535    5
        GL  7176  -4151 1339
        GM  1339  -1532  166
        GN   965  -1136  433
        GP  1619  -6139   49
        GQ    41    843  379
        GR  3828   2418  428
        GS -5665  -3269  454
        GT  1594  -9044  251
        GU  1345  14478   28
        GW  1219  -1519  171
        GY   498  -5876  424
        HK  2232  11412   34
        HM -5305   7352   23
        HN  1535  -8631  347
        HR  4429   1642  270
        HT  1888  -7303  165
        HU  4750   1944  265
        ID  -183  11790 2680
        IE  5341   -861  236
        IL  3139   3522  216
        IM  5424   -457   27
        IN  2077   8447 1860
        IO  -633   7210  130
        IQ  3288   4431  521
        IR  3277   5371 1141
        IS  6540  -1898  260
        IT  4127   1180  650
        JE  4922   -213   12
        JM  1809  -7728  120
        JO  3138   3682  291
        JP  3065  13851 1683
        KE    49   3781  599
        KG  4094   7467  485
        KH  1280  10523  329
        KI  -652 -17133 2218
        KM -1188   4390   90
        KN  1725  -6270   25
        KP  4042  12746  363
        KR  3605  12759  342
        KW  2917   4762  109
        KY  1951  -8056   94
        KZ  5058   6676 1482
        LA  1850  10457  537
        LB  3386   3577  108
        LC  1391  -6094   25
        LI  4716    954   15
        LK   787   8030  222
        LR   632   -905  279
        LS -2960   2822  124
        LT  5543   2384  191
        LU  4981    612   45
        LV  5635   2459  226
        LY  2675   1863  994
        MA  2796   -991 1082
        MC  4373    740    6
        MD  4703   2801  178
        ME  4270   1921   98
        MF  1808  -6307   11
        MG -1878   4730  792
        MH   959  16885  561
        MK  4151   2174  111
        ML  1686   -429  938
        MM  1916   9781 1046
        MN  4892  10416 1201
        MO  2216  11355    9
        MP  1733  14507  361
        MQ  1463  -6103   34
        MR  2050  -1086  798
        MS  1675  -6218   11
        MT  3595   1437   24
        MU -1518   5973  645
        MV   321   7303  436
        MW -1326   3410  451
        MX  2559 -10177 1687
        MY   593  10947 1090
        MZ -1871   3652 1013
        NA -2149   1833  837
        NC -2103  16744  432
        NE  1814    778  926
        NF -2904  16795    8
        NG   932    864  734
        NI  1309  -8499  295
        NL  5222    530  174
        NO  6474   1601  895
        NP  2805   8422  423
        NR   -52  16693    6
        NU -1905 -16988   13
        NZ -4150  17429  842
        OM  2151   5474  571
        PA   860  -8008  332
        PE  -928  -7314 1059
        PF -1758 -14407 1136
        PG  -648  14795  889
        PH  1277  12148  933
        PK  3087   6853  935
        PL  5169   1898  409
        PM  4695  -5627   25
        PN -2433 -12777  308
        PR  1821  -6659  145
        PS  3180   3489   93
        PT  4067  -1887 1068
        PW   556  13292  348
        PY -2354  -5879  533
        QA  2536   5115   92
        RE -2113   5555   39
        RO  4558   2498  374
        RS  4416   2076  248
        RU  6607   9093 4140
        RW  -196   2978  128
        SA  2501   4534 1138
        SB  -988  16212  781
        SC  -664   5097  611
        SD  1545   2998 1031
        SE  6226   1584  787
        SG   135  10382   23
        SH -2252  -1343 1634
        SI  4617   1494  132
        SJ  7637    519  762
        SK  4875   1967  215
        SL   849  -1178  181
        SM  4394   1245    8
        SN  1390  -1432  362
        SO   509   4636  928
        SR   417  -5570  265
        SS   683   3012  690
        ST    86    699  109
        SV  1350  -8890  138
        SX  1804  -6307    8
        SY  3504   3896  393
        SZ -2653   3165   95
        TC  2156  -7180   73
        TD  1544   1671  896
        TF -3111   5639 2370
        TG   868     73  294
        TH  1304  10055  829
        TJ  3841   7131  359
        TK  -895 -17184   88
        TL  -888  12567  190
        TM  3977   5970  653
        TN  3379    963  399
        TO -1895 -17591  381
        TR  3903   3542  847
        TT  1070  -6123  108
        TV  -755  17801  297
        TW  2368  12032  229
        TZ  -581   3541  763
        UA  4905   3108  663
        UG   140   3180  399
        UM   986 -17620 2125
        US  4835 -12236 4466
        UY -3244  -5594  301
        UZ  4283   6467  740
        VA  4190   1245    3
        VC  1298  -6130   49
        VE   742  -6669  766
        VG  1859  -6453   33
        VI  1805  -6480   45
        VN  1596  10534  826
        VU -1666  16816  440
        WF -1376 -17715  127
        WS -1379 -17211   81
        XK  4255   2081   82
        YE  1456   4872  671
        YT -1282   4513   22
        ZA -2849   2521  916
        ZM -1325   2780  716
        ZW -1879   2936  451
        """
}
